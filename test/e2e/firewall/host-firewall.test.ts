import { expect, onTestFinished, test } from "vitest";
import { BpfObject } from "../../../src/bpf/object.ts";
import { pinMaps } from "../../../src/bpf/pinned-maps.ts";
import { createHostFirewall } from "../../../src/firewall/host-firewall.ts";
import { openHostMaps } from "../../../src/firewall/host-maps.ts";
import { keptDrops } from "../../../src/firewall/kept-drops.ts";
import { withBpffs } from "../../kernel/bpffs.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withNetns } from "../discovery/with-netns.ts";

/** Of one UDP packet without payload, IP header included. */
const PACKET_BYTES = 28;

const RULES = `table inet filter {
	counter own { }
	counter shared { }
	set bad {
		type inet_service
		elements = { 1006, 1007 }
	}
	chain input {
		type filter hook input priority filter
		iifname != lo accept
		udp dport 1000 counter accept comment "let in"
		udp dport 1001 counter drop comment "bad clients"
		udp dport 1002 counter reject comment "bad clients"
		udp dport 1003 counter drop
		udp dport 1004 drop comment "not counted"
		udp dport 1005 counter name own drop comment "by name"
		udp dport @bad counter log drop comment "by set"
		udp dport 1008 counter name shared drop comment "shared"
		udp dport 1009 counter name shared accept
		udp dport 1010 counter limit rate over 1/hour drop comment "some of them"
		counter comment "all the rest"
	}
}`;

describeAsRoot("the firewall of a host", 30_000, () => {
	const netns = withNetns("lbscope-host-fw");
	const pins = withBpffs();

	test("its drops are counted to the packet and the byte, and nothing else is", async () => {
		await netns.load(RULES);
		const firewall = read();
		expect(await packetsOf(firewall)).toEqual({
			"bad clients": 0,
			"filter/input/N": 0,
			"by name": 0,
			"by set": 0,
		});
		for (const [i, port] of Array.from({ length: 11 }, (_, i) => 1000 + i).entries()) await send(port, i + 1);
		const drops = await firewall.read();
		expect(await packetsOf(firewall)).toEqual({
			"bad clients": 2 + 3,
			"filter/input/N": 4,
			"by name": 6,
			"by set": 7 + 8,
		});
		for (const { packets, bytes } of drops) expect(bytes).toBe(packets * PACKET_BYTES);
	});

	test("totals go on when the rules are loaded anew, and when they are gone", async () => {
		await netns.load(RULES);
		const firewall = read();
		await send(1001, 5);
		expect(await packetsOf(firewall)).toMatchObject({ "bad clients": 5 });
		await netns.load(RULES);
		await send(1001, 2);
		expect(await packetsOf(firewall)).toMatchObject({ "bad clients": 7 });
		await netns.load("");
		expect(await packetsOf(firewall)).toMatchObject({ "bad clients": 7 });
	});

	test("rules of a table that comes later are found", async () => {
		await netns.load("");
		const firewall = read();
		expect(await firewall.read()).toEqual([]);
		await netns.load(RULES.replaceAll("filter {", "later {"));
		await send(1001, 3);
		await expect.poll(() => packetsOf(firewall)).toMatchObject({ "bad clients": 3 });
	});

	test("a rule of the host with the name of one of ours is told apart", async () => {
		await netns.load(RULES);
		const firewall = read(["bad clients"]);
		await send(1001, 1);
		expect(await packetsOf(firewall)).toMatchObject({ "nft:bad clients": 1 });
	});

	test.each([
		["were reset", "nft reset counters; nft reset rules || true"],
		["are loaded anew", `nft flush ruleset; nft -f - <<'END'\n${RULES}\nEND`],
		["are gone", "nft flush ruleset"],
	])("totals go on over a restart between which rules %s", async (what, change) => {
		await netns.load(RULES);
		const directory = pins();
		await send(1001, 5);
		await send(1005, 2);
		expect(await packetsOf(read([], directory))).toMatchObject({ "bad clients": 5, "by name": 2 });
		await netns.run(change);
		if (what !== "are gone") await send(1001, 2);
		const after = await packetsOf(read([], directory));
		expect(after["by name"]).toBe(2);
		expect(after["bad clients"]).toBe(what === "are gone" ? 5 : 7);
		// Whoever comes next finds what stands there, and nothing twice.
		expect(await packetsOf(read([], directory))).toEqual(after);
	});

	test("maps of another shape are given up, and that is said", async () => {
		const directory = pins();
		const datapath = new BpfObject();
		pinMaps(directory, [
			{ name: "netfilter_drops", fd: datapath.map("totals").fd },
			{ name: "host_counts", fd: datapath.map("flows").fd },
		]);
		datapath.close();
		const maps = openHostMaps(directory);
		expect(maps.forgotten).toMatch(/^Cannot reuse map netfilter_drops: it has value bytes \d+/);
		maps.close();
		const again = openHostMaps(directory);
		expect(again.forgotten).toBeUndefined();
		again.close();
	});

	/** A run: what an earlier one has pinned in `directory` is taken up. */
	function read(ownNames: readonly string[] = [], directory?: string) {
		const maps = openHostMaps(directory);
		onTestFinished(maps.close);
		const kept = keptDrops(maps.object);
		return createHostFirewall({ netns: netns.path, ownNames: new Set(ownNames), kept });
	}

	async function packetsOf(firewall: ReturnType<typeof read>): Promise<Record<string, number>> {
		const drops = await firewall.read();
		return Object.fromEntries(drops.map(({ name, packets }) => [name.replace(/\d+$/, "N"), packets]));
	}

	/** UDP packets without payload over loopback. */
	async function send(port: number, count: number): Promise<void> {
		const program = `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(${count}): s.sendto(b"", ("127.0.0.1", ${port}))`;
		await netns.run("python3 -", program);
	}
});
