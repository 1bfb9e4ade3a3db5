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
	/** Of the kernel, for what is not user space's. */
	readonly kernelBytes: number;
	readonly attached: number;
	/** After a tenth of them came anew. */
	readonly again: Sliced;
}

const object = new BpfObject();
const set = new InterfaceSet(object, "auto");
const before = memory();
const attach = await slicesOf(() => set.syncInTurns());
const after = memory();
const attached = set.states().filter((each) => each.attached).length;
const look = await slicesOf(() => set.syncInTurns());
send({ attached });
process.once("message", async () => {
	const again = await slicesOf(() => set.syncInTurns());
	const report: VethsReport = {
		attach,
		look,
		residentBytes: after.residentBytes - before.residentBytes,
		kernelBytes: after.kernelBytes - before.kernelBytes,
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

function memory() {
	const kilobytes = (file: string, fields: readonly string[]) =>
		fields.reduce((sum, field) => {
			const [, value] = new RegExp(`^${field}:\\s*(\\d+)`, "m").exec(readFileSync(file, "utf8")) ?? [];
			return sum + Number(value);
		}, 0);
	return {
		residentBytes: 1024 * kilobytes("/proc/self/status", ["VmRSS"]),
		kernelBytes: 1024 * kilobytes("/proc/meminfo", ["Slab", "Percpu", "KernelStack", "PageTables"]),
	};
}
