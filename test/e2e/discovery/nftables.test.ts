import { expect, test } from "vitest";
import { listRuleset } from "../../../src/bpf/libnftables.ts";
import { readRulesetGeneration } from "../../../src/bpf/nft-generation.ts";
import { discoverNftables } from "../../../src/discovery/nftables/nftables.ts";
import { hostPort } from "../../../src/model/address.ts";
import { collect } from "../../discovery/collect.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withNetns } from "./with-netns.ts";

const NETNS = "lbscope-find-nft";

/** Rules of an inet table as people write them, and the services that they make. */
const FORMS: readonly [rule: string, ...services: string[]][] = [
	["ip daddr 192.0.2.1 tcp dport 80 dnat ip to 10.0.0.1:8080", "192.0.2.1:80 = 10.0.0.1:8080"],
	["ip daddr 192.0.2.1 udp dport 53 dnat ip to 10.0.0.1", "192.0.2.1:53/udp = 10.0.0.1:53"],
	["ip daddr 192.0.2.1 sctp dport 38412 dnat ip to 10.0.0.1", "192.0.2.1:38412/sctp = 10.0.0.1:38412"],
	[
		"ip6 daddr 2001:db8::1 tcp dport 80 dnat ip6 to [2001:db8::a]:8080",
		"[2001:db8::1]:80 = [2001:db8::a]:8080",
	],
	[
		"ip daddr { 192.0.2.1, 192.0.2.2 } tcp dport { 80, 443 } dnat ip to 10.0.0.1",
		"192.0.2.1:80 = 10.0.0.1:80",
		"192.0.2.1:443 = 10.0.0.1:443",
		"192.0.2.2:80 = 10.0.0.1:80",
		"192.0.2.2:443 = 10.0.0.1:443",
	],
	[
		"ip daddr . tcp dport { 192.0.2.1 . 80, 192.0.2.2 . 81 } dnat ip to 10.0.0.1",
		"192.0.2.1:80 = 10.0.0.1:80",
		"192.0.2.2:81 = 10.0.0.1:81",
	],
	[
		"ip daddr 192.0.2.1 meta l4proto { tcp, udp } th dport 53 dnat ip to 10.0.0.1",
		"192.0.2.1:53 = 10.0.0.1:53",
		"192.0.2.1:53/udp = 10.0.0.1:53",
	],
	["ip protocol tcp ip daddr 192.0.2.1 th dport 80 dnat ip to 10.0.0.1", "192.0.2.1:80 = 10.0.0.1:80"],
	[
		"ip daddr 192.0.2.1 tcp dport 80 dnat ip to numgen inc mod 2 map { 0 : 10.0.0.1, 1 : 10.0.0.2 }",
		"192.0.2.1:80 = 10.0.0.1:80 10.0.0.2:80",
	],
	[
		"ip daddr 192.0.2.1 tcp dport 80 dnat ip to numgen random mod 2 map { 0 : 10.0.0.1 . 81, 1 : 10.0.0.2 . 82 }",
		"192.0.2.1:80 = 10.0.0.1:81 10.0.0.2:82",
	],
	[
		"ip daddr 192.0.2.1 tcp dport 80 dnat ip to numgen inc mod 10 map { 0-6 : 10.0.0.1, 7-9 : 10.0.0.2 }",
		"192.0.2.1:80 = 10.0.0.1:80 10.0.0.2:80",
	],
	[
		"ip daddr 192.0.2.1 tcp dport 80 dnat ip to jhash ip saddr . tcp sport mod 2 map { 0 : 10.0.0.1 . 81, 1 : 10.0.0.2 . 82 }",
		"192.0.2.1:80 = 10.0.0.1:81 10.0.0.2:82",
	],
	[
		"ip6 daddr 2001:db8::1 udp dport 53 dnat ip6 to numgen inc mod 2 map { 0 : 2001:db8::a . 53, 1 : 2001:db8::b . 54 }",
		"[2001:db8::1]:53/udp = [2001:db8::a]:53 [2001:db8::b]:54",
	],
	["dnat ip to ip daddr . tcp dport map @places", "192.0.2.3:80 = 10.0.0.3:8080"],
	[
		"ip daddr 192.0.2.1 dnat ip to tcp dport map { 80 : 10.0.0.1, 81 : 10.0.0.2 }",
		"192.0.2.1:80 = 10.0.0.1:80",
		"192.0.2.1:81 = 10.0.0.2:81",
	],
	[
		"ip daddr 192.0.2.1 tcp dport @ports dnat ip to 10.0.0.1:80",
		"192.0.2.1:9000 = 10.0.0.1:80",
		"192.0.2.1:9001 = 10.0.0.1:80",
		"192.0.2.1:9100 = 10.0.0.1:80",
	],
	[
		"ip daddr 192.0.2.1 tcp dport 80 dnat ip to 10.0.0.254-10.0.1.1",
		"192.0.2.1:80 = 10.0.0.254:80 10.0.0.255:80 10.0.1.0:80 10.0.1.1:80",
	],
	[
		"iifname eth0 ct state new ip saddr 198.51.100.0/24 ip daddr 192.0.2.1 tcp dport 80 counter log dnat ip to 10.0.0.1",
		"192.0.2.1:80 = 10.0.0.1:80",
	],
	[
		"ip daddr 192.0.2.1 tcp dport vmap { 80 : jump plain, 81 : goto plain }",
		"192.0.2.1:80 = 10.0.0.9:80",
		"192.0.2.1:81 = 10.0.0.9:81",
	],
	["ip daddr 192.0.2.1 tcp dport 80 redirect to :8080"],
	["tcp dport 80 dnat ip to 10.0.0.1"],
];

describeAsRoot("services in nftables rules of a namespace", 30_000, () => {
	const netns = withNetns(NETNS);

	test.each(FORMS)("%s", async (rule, ...services) => {
		await netns.load(tableWith(rule));
		const { lists } = await collect(find(), 1);
		expect(lists.map(inShort)).toEqual([services]);
	});

	test("an empty namespace has none", async () => {
		await netns.load("");
		expect((await collect(find(), 1)).lists).toEqual([[]]);
	});

	test("are followed as they come, change and go", async () => {
		await netns.load("");
		const discovery = find();
		const seen: string[][] = [];
		const steps = [
			() => netns.load(tableWith("ip daddr 192.0.2.1 tcp dport 80 dnat ip to 10.0.0.1")),
			() => netns.run("nft add rule inet t pre ip daddr 192.0.2.1 tcp dport 80 dnat ip to 10.0.0.2"),
			() =>
				netns.run(
					"nft add element inet t places '{ 192.0.2.4 . 80 : 10.0.0.4 . 80 }'; nft add rule inet t pre dnat ip to ip daddr . tcp dport map @places",
				),
			() => netns.load(""),
		];
		await new Promise<void>((resolve, reject) => {
			discovery.start((list) => {
				seen.push(inShort(list));
				const step = steps.shift();
				if (step) step().catch(reject);
				else resolve();
			}, reject);
		});
		await discovery.stop();
		expect(seen[0]).toEqual([]);
		expect(seen.flat()).toContain("192.0.2.1:80 = 10.0.0.1:80 10.0.0.2:80");
		expect(seen.flat()).toContain("192.0.2.4:80 = 10.0.0.4:80");
		expect(seen.at(-1)).toEqual([]);
	});

	test("are not read again while nothing but counters changes", async () => {
		await netns.load(tableWith("counter"));
		const before = readRulesetGeneration(netns.path);
		expect(readRulesetGeneration(netns.path)).toBe(before);
		await netns.run("nft reset counters; nft list ruleset");
		expect(readRulesetGeneration(netns.path)).toBe(before);
		await netns.run("nft add table ip more");
		expect(readRulesetGeneration(netns.path)).not.toBe(before);
	});

	test("stay out of the way of other namespaces while the rules change under the reader", async () => {
		await netns.load(tableWith("counter"));
		const changes = netns.run(
			"for i in $(seq 50); do nft 'add table ip more; add chain ip more c; delete table ip more'; done",
		);
		let isOver = false;
		void changes.finally(() => {
			isOver = true;
		});
		while (!isOver) {
			const text = await listRuleset({ netns: netns.path, elements: true });
			expect(text.toString()).toContain('"places"');
		}
		await changes;
	});

	test("fail with the reason while there is no such namespace", async () => {
		const discovery = discoverNftables({
			netns: "/run/netns/lbscope-none",
			intervalMs: 1,
			skipped: () => {},
		});
		const { lists, failures } = await collect(discovery, 0, 2);
		expect(lists).toEqual([]);
		expect(failures[0]).toBe("there is no network namespace /run/netns/lbscope-none");
	});
});

function find() {
	return discoverNftables({ netns: `/run/netns/${NETNS}`, intervalMs: 20, skipped: () => {} });
}

function inShort(list: Parameters<Parameters<ReturnType<typeof find>["start"]>[0]>[0]): string[] {
	return list.map(({ service: { label, endpoints } }) => {
		return `${label} = ${endpoints.map(({ address, port }) => hostPort(address, port)).join(" ")}`;
	});
}

function tableWith(rule: string): string {
	return `table inet t {
	map places {
		type ipv4_addr . inet_service : ipv4_addr . inet_service
		elements = { 192.0.2.3 . 80 comment "a place" : 10.0.0.3 . 8080 }
	}
	set ports {
		type inet_service
		flags interval
		elements = { 9000-9001, 9100 }
	}
	chain plain {
		dnat ip to 10.0.0.9
	}
	chain pre {
		type nat hook prerouting priority dstnat
		${rule}
	}
	chain post {
		type nat hook postrouting priority srcnat
		masquerade
	}
}`;
}
