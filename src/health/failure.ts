/** Why a probe failed, in the words of its log line. */

import { constants } from "node:os";
import { getSystemErrorName } from "node:util";

const { errno } = constants;

const WORDS: ReadonlyMap<number, string> = new Map([
	[errno.ECONNREFUSED, "connection refused"],
	[errno.ECONNRESET, "connection reset"],
	[errno.EPIPE, "connection reset"],
	[errno.ETIMEDOUT, "connection timed out"],
	[errno.EHOSTUNREACH, "no route to host"],
	[errno.ENETUNREACH, "network is unreachable"],
]);

/** What is wrong on this machine says nothing about an endpoint. */
const OWN_FAULTS: ReadonlySet<number> = new Set([
	errno.EADDRNOTAVAIL,
	errno.EPERM,
	errno.EACCES,
	errno.ENOMEM,
	errno.ENOBUFS,
	errno.EAGAIN,
]);

export function isOwnFault(code: number): boolean {
	return OWN_FAULTS.has(code);
}

export function failureText(code: number): string {
	return WORDS.get(code) ?? `connection failed: ${getSystemErrorName(-code)}`;
}

export function timeoutText(timeoutMs: number): string {
	return `timed out after ${timeoutMs < 1000 ? `${timeoutMs} ms` : `${timeoutMs / 1000} s`}`;
}
