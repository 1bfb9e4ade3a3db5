/** Interfaces of the namespace that lbscope is in: the kernel tells when there is anything to read. */
import { execFileSync } from "node:child_process";
import { closeSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { run } from "../../scripts/lab/run.ts";
import type { Wanted } from "../../src/bpf/find-interfaces.ts";
import { InterfaceSet } from "../../src/bpf/interfaces.ts";
import { getLibc } from "../../src/bpf/libbpf.ts";
import { LinkNotices } from "../../src/bpf/link-notices.ts";
import { readLinks } from "../../src/bpf/netlink.ts";
import { inNamespace } from "../../src/bpf/netns.ts";
import { BpfObject } from "../../src/bpf/object.ts";
import { detachLink } from "../../src/bpf/pinned-link.ts";
import { listPins, openPin } from "../../src/bpf/pins.ts";
import { describeInKernel } from "./as-root.ts";
import { withBpffs } from "./bpffs.ts";
import { DEVICE, withWire } from "./wire.ts";

const OTHER = "other0";
/** Down, so that it is no interface of `auto` yet. */
const MAKE_OTHER = `link add ${OTHER} type veth peer name other1`;
const MADE = [OTHER, "new0", "br0"];
/** More than a socket holds: a notice takes over a kilobyte of it. */
const FLOOD = Number(readFileSync("/proc/sys/net/core/rmem_default", "utf8")) / 500;

describeInKernel("interfaces of the own namespace", () => {
	const newDirectory = withBpffs();
	const wire = withWire("own");
	const open = new Set<{ close(): void }>();
	let object: BpfObject;
	let requests: { readonly mock: { readonly calls: unknown[] } };
	beforeAll(() => {
		object = new BpfObject();
	});
	beforeEach(async () => {
		await wire.makePair();
		// Until then the kernel has something to tell of it.
		await expect.poll(() => wire.ip(`link show dev ${DEVICE}`)).toContain("state UP");
		requests = vi.spyOn(getLibc(), "send");
	});
	afterEach(async () => {
		vi.restoreAllMocks();
		for (const each of open) each.close();
		open.clear();
		for (const name of MADE) if (isThere(name)) batch([`link delete ${name}`]);
	});
	afterAll(() => object.close());

	const path = `/run/netns/${wire.netns}`;
	const inside = <T>(work: () => T) => inNamespace(path, work);
	const batch = (commands: readonly string[]) =>
		execFileSync("ip", ["-n", wire.netns, "-batch", "-"], { input: commands.join("\n") });

	function start(wanted: Wanted, pins?: string): InterfaceSet {
		const set = new InterfaceSet(object, wanted, { kind: "tcx", pins });
		open.add(set);
		look(set);
		return set;
	}

	function look(set: InterfaceSet): string[] {
		return inside(() => set.sync()).map((change) => `${change.what} ${change.interface}`);
	}

	/** What netlink is asked for while `work` runs. */
	function requestsOf(work: () => void): number {
		const before = requests.mock.calls.length;
		work();
		return requests.mock.calls.length - before;
	}

	/** What the kernel has to tell of a link that came or went up may come a second later. */
	function untilNothingIsRead(set: InterfaceSet): Promise<void> {
		return expect.poll(() => requestsOf(() => look(set))).toBe(0);
	}

	/** Those sockets that are told of links, and the notices that each has lost. */
	function listeners(): { lost: number }[] {
		const [, ...rows] = inside(() =>
			readFileSync("/proc/thread-self/net/netlink", "utf8").trim().split("\n"),
		);
		return rows
			.map((row) => row.trim().split(/\s+/))
			.filter(([, , , groups]) => groups === "00000001")
			.map((row) => ({ lost: Number(row[8]) }));
	}

	test.each<Wanted>(["auto", [{ name: DEVICE, netns: undefined }]])(
		"are read when they change: %j",
		async (wanted) => {
			const set = start(wanted);
			const looks = Array.from({ length: 20 }, () => requestsOf(() => expect(look(set)).toEqual([])));
			// And at the latest every tenth time.
			expect(looks).toEqual(looks.map((_, i) => ((i + 1) % 10 === 0 ? 1 : 0)));
			batch([MAKE_OTHER]);
			expect(requestsOf(() => look(set))).toBe(1);
			await untilNothingIsRead(set);
		},
	);

	test("take no turn of the event loop when nothing changes", async () => {
		const set = start("auto");
		const looked = inside(() => set.syncInTurns()).then(() => "looked");
		expect(await Promise.race([setImmediate("turned"), looked])).toBe("looked");
	});

	test("are read at each look while one is missing", async () => {
		const set = start([DEVICE, OTHER].map((name) => ({ name, netns: undefined })));
		expect(requestsOf(() => expect(look(set)).toEqual([]))).toBe(1);
		batch([MAKE_OTHER]);
		expect(look(set)).toEqual([`attached ${OTHER}`]);
		await untilNothingIsRead(set);
	});

	test.each<{ before?: readonly string[]; commands: readonly string[]; seen: readonly string[] }>([
		{ commands: [MAKE_OTHER, `link set ${OTHER} up`], seen: [`attached ${OTHER}`] },
		{ commands: [`link set ${DEVICE} down`], seen: [`gone ${DEVICE}`] },
		{ commands: [`link delete ${DEVICE}`], seen: [`gone ${DEVICE}`] },
		{
			commands: [`link set ${DEVICE} down`, `link set ${DEVICE} name new0`, "link set new0 up"],
			seen: [`gone ${DEVICE}`, "attached new0"],
		},
		{
			before: ["link add br0 type bridge", "link set br0 up"],
			commands: [`link set ${DEVICE} master br0`],
			seen: ["gone br0"],
		},
	])("are followed at the next look: $commands", ({ before = [], commands, seen }) => {
		batch(before);
		const set = start("auto");
		batch(commands);
		expect(look(set)).toEqual(seen);
		expect(look(set)).toEqual([]);
	});

	test("are followed when one is made anew, with the same index", async () => {
		const set = start("auto");
		await wire.makePair(wire.target().index);
		expect(look(set)).toEqual([`gone ${DEVICE}`, `attached ${DEVICE}`]);
		expect(look(set)).toEqual([]);
	});

	test("are followed when the programs are taken off, of which the kernel does not tell", () => {
		const pins = newDirectory();
		const set = start("auto", pins);
		for (const name of listPins(pins)) takeOff(join(pins, name));
		expect(requestsOf(() => expect(look(set)).toEqual([`gone ${DEVICE}`, `attached ${DEVICE}`]))).toBe(0);
	});

	test("are followed when more was told than the socket holds", async () => {
		const set = start("auto");
		flood();
		batch([MAKE_OTHER, `link set ${OTHER} up`]);
		expect(listeners()).toEqual([{ lost: expect.any(Number) }]);
		expect(listeners()[0]?.lost).toBeGreaterThan(0);
		expect(look(set)).toEqual([`attached ${OTHER}`]);
		await untilNothingIsRead(set);
		// The socket takes notices again.
		batch([`link set ${OTHER} down`]);
		expect(look(set)).toEqual([`gone ${OTHER}`]);
	});

	test("are read anew when others are wanted", async () => {
		const set = start("auto");
		batch([MAKE_OTHER]);
		const overtaken = inside(() => set.syncInTurns());
		const others = [{ name: OTHER, netns: undefined }];
		expect(inside(() => set.use(object, others)).map(({ what }) => what)).toEqual(["attached", "left"]);
		expect(await overtaken).toEqual([]);
		expect(look(set)).toEqual([]);
		expect(inside(() => set.use(object, "auto")).map(({ what }) => what)).toEqual(["attached", "left"]);
		expect(look(set)).toEqual([]);
	});

	test("are read anew after a look that a change has overtaken", async () => {
		const set = start("auto");
		batch([MAKE_OTHER]);
		const overtaken = inside(() => set.syncInTurns());
		batch([`link set ${OTHER} up`]);
		expect(inside(() => set.use(object, "auto")).map(({ what }) => what)).toEqual(["attached"]);
		expect(await overtaken).toEqual([]);
		expect(look(set)).toEqual([]);
	});

	test("are attached at the next look when the first was ended", async () => {
		const set = new InterfaceSet(object, "auto", { kind: "tcx" });
		open.add(set);
		const ended = inside(() => set.syncInTurns());
		await set.endTurns();
		expect(await ended).toEqual([]);
		expect(look(set)).toEqual([`attached ${DEVICE}`]);
	});

	test.each(["close", "release"] as const)("are told of until %s", (end) => {
		const set = start("auto");
		expect(listeners()).toHaveLength(1);
		set[end]();
		expect(listeners()).toEqual([]);
	});

	test("do not keep another namespace, whose interfaces are counted as well", async () => {
		const far = `/run/netns/${wire.far}`;
		const wanted = [
			{ name: DEVICE, netns: undefined },
			{ name: "there0", netns: far },
		];
		const set = start(wanted);
		expect(look(set)).toEqual([]);
		await run(["ip", "netns", "delete", wire.far]);
		// Its interface has gone with it, and so the other end of the pair.
		await expect.poll(() => isThere(DEVICE)).toBe(false);
		await run(["ip", "netns", "add", wire.far]);
		expect(look(set).slice(0, 2)).toEqual([`gone ${DEVICE}`, `gone ${wire.far}/there0`]);
	});

	test("notices are taken once, and once when some were lost", () => {
		const notices = inside(() => new LinkNotices());
		open.add(notices);
		expect(notices.take()).toBe(false);
		batch([`link set ${DEVICE} mtu 1400`]);
		expect([notices.take(), notices.take()]).toEqual([true, false]);
		flood();
		expect([notices.take(), notices.take()]).toEqual([true, false]);
	});

	function flood(): void {
		batch(Array.from({ length: FLOOD }, (_, i) => `link set ${DEVICE} mtu ${1300 + (i % 2)}`));
	}

	function takeOff(pin: string): void {
		const fd = openPin(pin) as number;
		detachLink(fd);
		closeSync(fd);
	}

	function isThere(name: string): boolean {
		return readLinks(path).some((link) => link.name === name);
	}
});
