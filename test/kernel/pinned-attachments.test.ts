import { closeSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { run } from "../../scripts/lab/run.ts";
import { attach } from "../../src/bpf/attachment.ts";
import { pinPath } from "../../src/bpf/attachment-pins.ts";
import { removeAllAttachments } from "../../src/bpf/leftovers.ts";
import { BpfObject } from "../../src/bpf/object.ts";
import { listPins, makePinDirectory, openPin, pin } from "../../src/bpf/pins.ts";
import type { AttachKind, Attachment } from "../../src/bpf/target.ts";
import { readTcxPrograms } from "../../src/bpf/tcx-programs.ts";
import { type ForeignProgram, loadForeignProgram } from "../e2e/operation/foreign.ts";
import { programsOn } from "../e2e/operation/programs-on.ts";
import { describeInKernel } from "./as-root.ts";
import { withBpffs } from "./bpffs.ts";
import { DEVICE, withWire } from "./wire.ts";

const ON = {
	tcx: ["tcx ingress", "tcx egress"],
	clsact: ["clsact", "filter ingress", "filter egress"],
} as const;

/** The qdisc is noted once: where it was made. */
const PINS = {
	tcx: ["link egress", "link ingress"],
	clsact: ["filter egress", "filter ingress", "qdisc ingress"],
} as const;

describeInKernel("attachments with pins", () => {
	const newDirectory = withBpffs();
	const wire = withWire("pinned");
	let pins: string;
	let object: BpfObject;
	let foreign: ForeignProgram;
	beforeAll(async () => {
		object = new BpfObject();
		foreign = await loadForeignProgram();
	});
	beforeEach(() => {
		pins = newDirectory();
		makePinDirectory(pins);
	});
	// With the device goes whatever is on it.
	afterEach(() => wire.makePair());
	afterAll(() => {
		foreign.close();
		object.close();
	});

	/** As a run of lbscope does. */
	function start(kind: AttachKind): Attachment {
		const [ingress, egress] = [object.program("ingress_ethernet"), object.program("egress_ethernet")];
		return attach(wire.target(), ingress, egress, { kind, pins });
	}

	function programs(): Promise<string[]> {
		return programsOn(wire.netns, DEVICE);
	}

	function pinOf(direction: "ingress" | "egress"): string {
		return pinPath(pins, "link", wire.target(), direction);
	}

	test.each(["tcx", "clsact"] as const)("are left, found again and taken off: %s", async (kind) => {
		start(kind).release();
		expect(await programs()).toEqual(ON[kind]);
		const again = start(kind);
		expect(await programs()).toEqual(ON[kind]);
		expect(again.isAttached()).toBe(true);
		expect(kindsOf(listPins(pins))).toEqual(PINS[kind]);
		again.detach();
		expect(await programs()).toEqual([]);
		expect(listPins(pins)).toEqual([]);
	});

	test("of tcx are one link, run after run", () => {
		start("tcx").release();
		const link = linkAt(pinOf("ingress"));
		start("tcx").release();
		expect(linkAt(pinOf("ingress"))).toEqual(link);
	});

	test("leave a clsact qdisc to whoever made it", async () => {
		await run(["tc", "-n", wire.netns, "qdisc", "add", "dev", DEVICE, "clsact"]);
		start("clsact").release();
		start("clsact").detach();
		expect(await programs()).toEqual(["clsact"]);
	});

	test("are made anew for a device that has the index of the one before", async () => {
		await wire.makePair(77);
		start("tcx").release();
		await wire.makePair(77);
		expect(await programs()).toEqual([]);
		const again = start("tcx");
		expect(again.isAttached()).toBe(true);
		expect(await programs()).toEqual(ON.tcx);
	});

	test("do not follow a device that went to another namespace", async () => {
		await wire.makePair(77);
		start("tcx").release();
		await wire.ip(`link set ${DEVICE} netns ${wire.far}`);
		expect(await programsOn(wire.far, DEVICE)).toEqual(ON.tcx);
		await wire.ip(`link add ${DEVICE} index 77 type veth peer name there1`);
		expect(start("tcx").isAttached()).toBe(true);
		expect(await programs()).toEqual(ON.tcx);
		expect(await programsOn(wire.far, DEVICE)).toEqual([]);
		await run(["ip", "-n", wire.far, "link", "delete", DEVICE]);
	});

	test("come first at ingress and last at egress again", () => {
		start("tcx").release();
		for (const direction of ["ingress", "egress"] as const) {
			const remove = foreign.addLink(`/run/netns/${wire.netns}`, DEVICE, direction);
			const theirs = readTcxPrograms(wire.target(), direction).at(direction === "ingress" ? 0 : -1);
			start("tcx").release();
			const now = readTcxPrograms(wire.target(), direction);
			expect(now).toHaveLength(2);
			expect(now.at(direction === "ingress" ? 1 : 0)).toBe(theirs);
			remove();
		}
	});

	test("are made anew where something else is pinned", async () => {
		pin(object.map("totals").fd, pinOf("ingress"));
		start("tcx").release();
		expect(await programs()).toEqual(ON.tcx);
		expect(linkAt(pinOf("ingress"))).toMatch(/^\d+$/);
	});

	test("are told of when they are all removed, and nothing else is", async () => {
		pin(object.map("totals").fd, join(pins, "totals"));
		start("clsact").release();
		start("tcx").release();
		const removals = removeAllAttachments(pins);
		expect(kindsOf(removals.map((removal) => removal.pin))).toEqual([
			...PINS.clsact.slice(0, 2),
			...PINS.tcx,
			"qdisc ingress",
		]);
		expect(removals.flatMap(({ failure }) => failure ?? [])).toEqual([]);
		expect(await programs()).toEqual([]);
		expect(listPins(pins)).toEqual(["totals"]);
	});

	test("are told of when they cannot be reached", async () => {
		const netns = 4026531000;
		pin(object.program("ingress_ethernet").fd, join(pins, `filter-${netns}-5-ingress`));
		expect(removeAllAttachments(pins)).toEqual([
			{
				pin: `filter-${netns}-5-ingress`,
				failure:
					"Cannot remove the filter of interface 5 (ingress): its network namespace, " +
					`inode ${netns}, is gone or out of sight`,
			},
		]);
		expect(listPins(pins)).toEqual([]);
	});

	test("of others on the same place stay", async () => {
		start("clsact").release();
		await run(["tc", "-n", wire.netns, "filter", "delete", "dev", DEVICE, "ingress"]);
		foreign.addFilter(`/run/netns/${wire.netns}`, DEVICE, "ingress", 1, 0x6c62);
		expect(removeAllAttachments(pins).map(({ failure }) => failure)).toEqual([
			undefined,
			undefined,
			undefined,
		]);
		expect(await programs()).toEqual(["clsact", "filter ingress"]);
	});
});

/** `link ingress` for `link-4026531840-5-ingress` */
function kindsOf(names: readonly string[]): string[] {
	return names.map((name) => name.replace(/-\d+-\d+-/, " "));
}

/** Id of the link, or undefined when something else is pinned. */
function linkAt(path: string): string | undefined {
	const fd = openPin(path);
	if (fd === undefined) throw new Error(`there is no pin ${path}`);
	try {
		return /^link_id:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1];
	} finally {
		closeSync(fd);
	}
}
