/** One probe of one endpoint. */
import { connect } from "node:net";
import type { Endpoint } from "../model/service.ts";

/**
 * Resolves when the endpoint takes a connection, rejects when it does not within the time. A parameter of the prober,
 * because endpoints may be reached from another network namespace only.
 */
export type Connect = (endpoint: Endpoint, timeoutMs: number, signal: AbortSignal) => Promise<void>;

export const tcpConnect: Connect = ({ address, port }, timeoutMs, signal) =>
	new Promise((resolve, reject) => {
		const socket = connect({ host: address, port, signal, timeout: timeoutMs });
		socket.once("timeout", () => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)));
		socket.once("error", reject);
		socket.once("connect", () => {
			socket.destroy();
			resolve();
		});
	});

/** Whether it connected. Bounds the time itself, so that a Connect that never settles holds no place for ever. */
export async function probe(
	connect: Connect,
	endpoint: Endpoint,
	timeoutMs: number,
	stopped: AbortSignal,
): Promise<boolean> {
	const ended = new AbortController();
	const end = () => ended.abort();
	const timer = setTimeout(end, timeoutMs);
	stopped.addEventListener("abort", end);
	try {
		await Promise.race([connect(endpoint, timeoutMs, ended.signal), rejectWhen(ended.signal)]);
		return true;
	} catch {
		return false;
	} finally {
		clearTimeout(timer);
		stopped.removeEventListener("abort", end);
	}
}

function rejectWhen(signal: AbortSignal): Promise<never> {
	return new Promise((_, reject) => {
		signal.addEventListener("abort", () => reject(signal.reason), { once: true });
	});
}
