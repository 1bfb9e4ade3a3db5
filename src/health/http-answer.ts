/** HTTP as far as a probe needs it: one request, and of the answer the status alone. Pure. */
import { hostPort } from "../model/address.ts";
import { formatStatuses, type HttpProbe, type HttpsProbe, type StatusRange } from "../model/probe.ts";
import type { Endpoint } from "../model/service.ts";

/** Of an answer no more is read. A status line is short; interim answers (100, 103) with their headers may stand before it. */
export const MOST_BYTES = 8192;

export function requestOf({ path, host }: HttpProbe | HttpsProbe, { address, port }: Endpoint): Buffer {
	const to = host ?? hostPort(address, port);
	const rest = "User-Agent: lbscope\r\nAccept: */*\r\nConnection: close\r\n\r\n";
	return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${to}\r\n${rest}`, "latin1");
}

/** What is known of an answer: why it is a failure, that it is well, or not yet. */
export type Judgement = { readonly failure: string | undefined } | undefined;

/** `isWhole`: no more will come. `text`: what has come so far. */
export function judgeAnswer(text: string, expected: readonly StatusRange[], isWhole: boolean): Judgement {
	const status = statusOf(text);
	if (status === "garbage") return { failure: "no HTTP answer" };
	if (status === "more" && text.length >= MOST_BYTES)
		return { failure: `no status in the first ${MOST_BYTES} bytes` };
	if (status === "more" && isWhole) return { failure: "connection closed before the answer" };
	if (status === "more") return undefined;
	if (expected.some(({ first, last }) => status >= first && status <= last)) return { failure: undefined };
	return { failure: `status ${status}, expected ${formatStatuses(expected)}` };
}

const BEGIN = "HTTP/1.";
/** RFC 9112, 4; as it recommends, a line may end in LF alone, and the reason be absent. */
const STATUS_LINE = /^HTTP\/1\.[01] ([1-5]\d\d)(?: [^\r\n]*)?\r?\n/;
const HEADERS_END = /\r?\n\r?\n/;

function statusOf(text: string): number | "more" | "garbage" {
	const line = STATUS_LINE.exec(text);
	if (!line)
		return !text.includes("\n") && BEGIN.startsWith(text.slice(0, BEGIN.length)) ? "more" : "garbage";
	const status = Number(line[1]);
	if (status >= 200 || status === 101) return status;
	const end = HEADERS_END.exec(text);
	return end ? statusOf(text.slice(end.index + end[0].length)) : "more";
}
