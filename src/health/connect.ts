/** One probe of one endpoint. */
import { isIPv6, Socket } from "node:net";
import type { Endpoint } from "../model/service.ts";

/**
 * Resolves when the endpoint takes a connection, rejects when it does not within the time. A parameter of the prober,
 * because endpoints may be reached from another network namespace only.
 */
export type Connect = (endpoint: Endpoint, timeoutMs: number, signal: AbortSignal) => Promise<void>;

/** The probe could not be made, which says nothing about the endpoint. */
export class ProbeImpossible extends Error {}

/** Connects with the sockets that `openSocket` gives (file descriptors), else from the own network namespace. */
export function tcpConnect(openSocket?: (ipv6: boolean) => number): Connect {
	return ({ address, port }, timeoutMs, signal) =>
		new Promise((resolve, reject) => {
			const fd = openSocket && openOrGiveUp(openSocket, isIPv6(address));
			const socket = fd === undefined ? new Socket({ signal }) : new Socket({ fd, signal });
			socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)));
			socket.once("error", reject);
			socket.connect(port, address, () => {
				socket.destroy();
				resolve();
			});
		});
}

function openOrGiveUp(openSocket: (ipv6: boolean) => number, ipv6: boolean): number {
	try {
		return openSocket(ipv6);
	} catch (error) {
		throw new ProbeImpossible((error as Error).message);
	}
}

/** Whether it connected, or why that could not be tried. Bounds the time itself, so that a Connect that never settles holds no place for ever. */
export async function probe(
	connect: Connect,
	endpoint: Endpoint,
	timeoutMs: number,
	stopped: AbortSignal,
): Promise<boolean | ProbeImpossible> {
	const ended = new AbortController();
	const end = () => ended.abort();
	const timer = setTimeout(end, timeoutMs);
	stopped.addEventListener("abort", end);
	try {
		await Promise.race([connect(endpoint, timeoutMs, ended.signal), rejectWhen(ended.signal)]);
		return true;
	} catch (error) {
		return error instanceof ProbeImpossible ? error : false;
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
