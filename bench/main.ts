/** make bench: every figure as a ratio or a difference against a peer in the same run. */
import { release } from "node:os";
import { measurePacketCost } from "./packet-cost.ts";
import type { Result } from "./result.ts";
import { measureUdpThroughput } from "./udp-throughput.ts";

if (process.getuid?.() !== 0) {
	console.error("Cannot measure: loading BPF programs needs root");
	process.exit(1);
}

console.log(`kernel ${release()}, node ${process.version}; median (minimum to maximum)`);
for (const measure of [measurePacketCost, measureUdpThroughput]) {
	for (const result of await measure()) console.log(formatResult(result));
}

function formatResult({ figure, value, goal }: Result): string {
	const verdict = goal && `  goal ${goal.text}: ${goal.met ? "met" : "MISSED"}`;
	return `${figure.padEnd(62)} ${value}${verdict ?? ""}`;
}
