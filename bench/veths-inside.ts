/** Run by veths.ts in the namespace with the interfaces: attaches to all of them, and tells what that took. */
import { readFileSync } from "node:fs";
import { InterfaceSet } from "../src/bpf/interfaces.ts";
import { BpfObject } from "../src/bpf/object.ts";
import { type Sliced, slicesOf } from "./slices.ts";

export interface VethsReport {
	readonly attach: Sliced;
	/** Looking at all of them when nothing has changed, as each second. */
	readonly look: Sliced;
	readonly residentBytes: number;
	readonly attached: number;
	/** After a tenth of them came anew. */
	readonly again: Sliced;
}

const object = new BpfObject();
const set = new InterfaceSet(object, "auto");
const before = residentBytes();
const attach = await slicesOf(() => set.syncInTurns());
const after = residentBytes();
const attached = set.states().filter((each) => each.attached).length;
const look = await slicesOf(() => set.syncInTurns());
send({ attached });
process.once("message", async () => {
	const again = await slicesOf(() => set.syncInTurns());
	const report: VethsReport = {
		attach,
		look,
		residentBytes: after - before,
		attached,
		again,
	};
	send(report);
	// Not close(): the kernel takes the links off as the process ends.
	process.exit(0);
});

function send(message: unknown): void {
	process.send?.(message);
}

function residentBytes(): number {
	const [, kilobytes] = /^VmRSS:\s*(\d+)/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
	return 1024 * Number(kilobytes);
}
