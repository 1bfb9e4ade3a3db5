/** Timeouts that a test can wait for. */
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll } from "vitest";
import { type TestPath, type TestPathOptions, withTestPath } from "./test-path.ts";

const LIMIT_MS = 200;
const QUICK = {
	tcpHandshakeMs: LIMIT_MS,
	tcpEstablishedMs: LIMIT_MS,
	tcpClosingMs: LIMIT_MS,
	udpMs: LIMIT_MS,
	sctpMs: LIMIT_MS,
};
export const PAST_LIMIT_MS = LIMIT_MS + 60;

/** The first walk reads the clocks; a later one knows from them how long a tick is. */
export function withQuickPath(options: TestPathOptions = {}): () => TestPath {
	const path = withTestPath({ ...options, timeouts: QUICK });
	beforeAll(async () => {
		await path().read();
		await sleep(250);
	});
	return path;
}
