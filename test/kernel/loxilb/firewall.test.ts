/** What LoxiLB's firewall drops, from maps that are laid out as its own. */
import { afterEach, expect, test } from "vitest";
import { indexKey, possibleCpus, update } from "../../../src/bpf/map.ts";
import { type BpfObject, LOXILB_COUNTS_OBJECT } from "../../../src/bpf/object.ts";
import { openPinnedObject } from "../../../src/bpf/pinned-object.ts";
import { keptDrops } from "../../../src/firewall/kept-drops.ts";
import {
	createLoxilbFirewall,
	FIREWALL_MAPS,
	type LoxilbFirewall,
} from "../../../src/firewall/loxilb-firewall.ts";
import { createLoxilbMaps } from "../../../src/sources/loxilb/bind-maps.ts";
import { describeInKernel } from "../as-root.ts";
import { withBpffs } from "../bpffs.ts";
import { ALLOW, DROP, type Rule, ruleRow } from "./firewall-rules.ts";
import { CT_VALUES, type CtValue, loadMaps, pinMaps } from "./fixture.ts";

const IPV4: Rule = {
	source: "10.66.0.0/16",
	destination: "192.0.2.1/32",
	port: 80,
	protocol: 6,
	preference: 100,
	counter: 7,
	action: DROP,
};
const NAME = "10.66.0.0/16_192.0.2.1/32_0_0_80_80_6_100";

describeInKernel("the firewall of LoxiLB", () => {
	const pins = withBpffs();
	const objects: BpfObject[] = [];
	afterEach(() => {
		for (const object of objects.splice(0)) object.close();
	});

	/** Its maps, as LoxiLB changes them. */
	async function startLoxilb(directory: string, ctValue: CtValue = 280) {
		const object = await loadMaps(ctValue);
		objects.push(object);
		pinMaps(object, directory);
		const write = (name: string, rules: readonly Rule[], isIPv6: boolean) => {
			const map = object.map(name);
			for (let row = 0; row < rules.length; row++)
				update(map, indexKey(row), ruleRow(rules[row] as Rule, map.valueSize, isIPv6));
			update(map, indexKey(rules.length), Buffer.alloc(map.valueSize));
		};
		return {
			setRules: (...rules: Rule[]) => write("fw_v4_map", rules, false),
			setRules6: (...rules: Rule[]) => write("fw_v6_map", rules, true),
			/** Packets of 100 bytes, spread over the CPUs. */
			setCounter(counter: number, packets: number) {
				const cpus = possibleCpus();
				const value = Buffer.alloc(16 * cpus);
				for (let cpu = 0; cpu < cpus; cpu++) {
					const share = Math.floor((packets + cpu) / cpus);
					value.writeBigUInt64LE(BigInt(share * 100), cpu * 16);
					value.writeBigUInt64LE(BigInt(share), cpu * 16 + 8);
				}
				update(object.map("fw_stats_map"), indexKey(counter), value);
			},
		};
	}

	/** A run of lbscope; `kept`: directory of its pins. */
	function read(directory: string, kept?: string, ownNames: readonly string[] = []): LoxilbFirewall {
		const { object } = openPinnedObject(LOXILB_COUNTS_OBJECT, kept, ["host_counts"]);
		objects.push(object);
		const { open } = createLoxilbMaps(FIREWALL_MAPS, directory);
		return createLoxilbFirewall({ open, ownNames: new Set(ownNames), kept: keptDrops(object) });
	}

	async function packetsOf(firewall: LoxilbFirewall): Promise<Record<string, number>> {
		const drops = await firewall.read();
		for (const { packets, bytes } of drops) expect(bytes).toBe(100 * packets);
		return Object.fromEntries(drops.map(({ name, packets }) => [name, packets]));
	}

	test.each(CT_VALUES)("drops of drop rules are counted, with flows of %i bytes", async (ctValue) => {
		const directory = pins();
		const loxilb = await startLoxilb(directory, ctValue);
		loxilb.setRules(
			IPV4,
			{ ...IPV4, port: 81, counter: 8, action: ALLOW },
			{ preference: 1, counter: 9, action: DROP },
		);
		loxilb.setRules6({
			source: "2001:db8:1::/48",
			sourcePort: [1000, 2000],
			port: [8000, 8100],
			protocol: 17,
			preference: 65535,
			counter: 10,
			action: DROP,
		});
		const firewall = read(directory);
		const names = [
			NAME,
			"0.0.0.0/0_0.0.0.0/0_0_0_0_0_0_1",
			"2001:db8:1::/48_::/0_1000_2000_8000_8100_17_65535",
		];
		expect(await packetsOf(firewall)).toEqual(Object.fromEntries(names.map((name) => [name, 0])));
		expect(firewall.rules).toBe(4);
		// Of rows of zeros, which look like drop rules, too: whose counter is the first one.
		for (const [counter, packets] of [
			[0, 99],
			[7, 5],
			[8, 77],
			[9, 3],
			[10, 2],
		] as const)
			loxilb.setCounter(counter, packets);
		expect(await packetsOf(firewall)).toEqual({
			[names[0] as string]: 5,
			[names[1] as string]: 3,
			[names[2] as string]: 2,
		});
	});

	test("what counters say at the first look may be of rules that are gone: it is nobody's", async () => {
		const directory = pins();
		const loxilb = await startLoxilb(directory);
		loxilb.setCounter(7, 1000);
		loxilb.setCounter(8, 2000);
		loxilb.setRules(IPV4);
		const firewall = read(directory);
		expect(await packetsOf(firewall)).toEqual({ [NAME]: 0 });
		loxilb.setCounter(7, 1004);
		loxilb.setCounter(8, 2003);
		// Its counter had no rule at the first look.
		loxilb.setRules(IPV4, { ...IPV4, preference: 99, counter: 8 });
		expect(await packetsOf(firewall)).toEqual({ [NAME]: 4, [NAME.replace("_100", "_99")]: 3 });
	});

	test("a counter that passes to another rule takes nothing along", async () => {
		const directory = pins();
		const loxilb = await startLoxilb(directory);
		loxilb.setRules(IPV4);
		const firewall = read(directory);
		await packetsOf(firewall);
		loxilb.setCounter(7, 40);
		expect(await packetsOf(firewall)).toEqual({ [NAME]: 40 });
		loxilb.setRules({ ...IPV4, port: 81, action: ALLOW });
		loxilb.setCounter(7, 140);
		expect(await packetsOf(firewall)).toEqual({ [NAME]: 40 });
		loxilb.setRules({ ...IPV4, port: 82 });
		loxilb.setCounter(7, 142);
		expect(await packetsOf(firewall)).toEqual({ [NAME]: 40, [NAME.replace("80_80", "82_82")]: 2 });
		// Somebody has cleared it.
		loxilb.setCounter(7, 3);
		expect(await packetsOf(firewall)).toEqual({ [NAME]: 40, [NAME.replace("80_80", "82_82")]: 5 });
	});

	test("a rule that is missing or twice while LoxiLB moves it counts once", async () => {
		const directory = pins();
		const loxilb = await startLoxilb(directory);
		const other = { ...IPV4, preference: 1, counter: 8 };
		loxilb.setRules(IPV4, other);
		const firewall = read(directory);
		await packetsOf(firewall);
		loxilb.setCounter(7, 10);
		loxilb.setCounter(8, 20);
		loxilb.setRules(IPV4, IPV4);
		expect(await packetsOf(firewall)).toMatchObject({ [NAME]: 10 });
		loxilb.setRules(IPV4, other);
		expect(await packetsOf(firewall)).toEqual({ [NAME]: 10, [NAME.replace("_100", "_1")]: 20 });
	});

	test("totals go on over a restart of lbscope, over one of LoxiLB, and over both", async () => {
		const [directory, kept] = [pins(), pins()];
		const first = await startLoxilb(directory);
		first.setRules(IPV4);
		await packetsOf(read(directory, kept));
		first.setCounter(7, 5);
		const firewall = read(directory, kept);
		expect(await packetsOf(firewall)).toEqual({ [NAME]: 5 });
		const second = await startLoxilb(directory);
		second.setRules(IPV4);
		expect(await packetsOf(firewall)).toEqual({ [NAME]: 5 });
		second.setCounter(7, 6);
		expect(await packetsOf(firewall)).toEqual({ [NAME]: 11 });
		const third = await startLoxilb(directory, 272);
		third.setRules(IPV4);
		third.setCounter(7, 100);
		const last = read(directory, kept);
		expect(await packetsOf(last)).toEqual({ [NAME]: 11 });
		third.setCounter(7, 101);
		expect(await packetsOf(last)).toEqual({ [NAME]: 12 });
		expect(await last.known()).toEqual([{ name: NAME, packets: 12, bytes: 1200 }]);
	});

	test("hundreds of rules are read, until one is none", async () => {
		const directory = pins();
		const loxilb = await startLoxilb(directory);
		const rules = Array.from({ length: 300 }, (_, i) => ({ ...IPV4, preference: i, counter: i }));
		loxilb.setRules(...rules);
		const firewall = read(directory);
		await packetsOf(firewall);
		loxilb.setCounter(299, 6);
		expect(await packetsOf(firewall)).toMatchObject({ [NAME.replace("_100", "_299")]: 6 });
		expect(firewall.rules).toBe(300);
	});

	test("a rule with the name of one of ours is told apart", async () => {
		const directory = pins();
		const loxilb = await startLoxilb(directory);
		loxilb.setRules(IPV4);
		expect(await packetsOf(read(directory, undefined, [NAME]))).toEqual({ [`loxilb:${NAME}`]: 0 });
	});

	test("fails with the reason when the maps are not there", async () => {
		await expect(read(pins()).read()).rejects.toThrow("Cannot open map fw_v4_map of LoxiLB: it is not in");
	});
});
