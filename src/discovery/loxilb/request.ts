/** Answers of LoxiLB's REST API. */
import { readBody } from "../read-body.ts";

export interface Api {
	/** Without a path: http://127.0.0.1:11111 */
	readonly url: string;
	/** Sent as it is: LoxiLB knows no `Bearer` in front of a token. */
	readonly authorization: string | undefined;
	/** For the whole answer. */
	readonly timeoutMs: number;
}

const MAX_BYTES = 64 * 1024 * 1024;

/** @throws with the reason when there is no whole answer 200 within the time */
export async function get(api: Api, path: string, stopped: AbortSignal): Promise<Buffer> {
	try {
		return await tryGet(api, path, stopped);
	} catch (error) {
		throw new Error(`Cannot read ${api.url}${path}: ${reasonOf(error as Error, api.timeoutMs)}`);
	}
}

async function tryGet(
	{ url, authorization, timeoutMs }: Api,
	path: string,
	stopped: AbortSignal,
): Promise<Buffer> {
	const response = await fetch(new URL(path, url), {
		headers: authorization === undefined ? {} : { authorization },
		// The token is for this server only.
		redirect: "error",
		signal: AbortSignal.any([stopped, AbortSignal.timeout(timeoutMs)]),
	});
	if (response.status === 200) return await readBody(response.body, MAX_BYTES);
	await response.body?.cancel();
	throw new Error(`the answer is ${response.status} ${response.statusText}, expected 200`);
}

/** fetch() says "fetch failed" and hides why. */
function reasonOf(error: Error, timeoutMs: number): string {
	if (error.name === "TimeoutError") return `there is no answer within ${timeoutMs} ms`;
	const cause = error.cause as NodeJS.ErrnoException | undefined;
	return cause?.message || cause?.code || error.message;
}
