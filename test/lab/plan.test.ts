import { describe, expect, test } from "vitest";
import { configOf } from "../../scripts/lab/config.ts";
import { parseConntrack } from "../../scripts/lab/conntrack.ts";
import type { Lab } from "../../scripts/lab/lab.ts";
import { balancerRules } from "../../scripts/lab/nat.ts";
import { planLab } from "../../scripts/lab/plan.ts";

describe("a lab on paper", () => {
	test("has every service over IPv4 and IPv6", () => {
		const labels = planLab({ prefix: "paper" }).services.map((service) => service.label);
		expect(labels).toEqual(expect.arrayContaining(["web", "web-v6", "dns", "dns-v6", "ngap", "ngap-v6"]));
		expect(new Set(labels).size).toBe(labels.length);
	});

	test.each(["", "Lab", "a-b", "a b", "x".repeat(21)])("refuses the prefix %j", (prefix) => {
		expect(() => planLab({ prefix })).toThrow(`Cannot use lab prefix "${prefix}"`);
	});

	test("forwards a service to its endpoints in turn", () => {
		const [web] = planLab({ prefix: "paper" }).services;
		expect(balancerRules(web ? [web] : [], true)).toContain(
			"ip daddr 10.99.0.1 tcp dport 80 dnat ip to numgen inc mod 3 " +
				"map { 0 : 10.20.1.2 . 8080, 1 : 10.20.2.2 . 8080, 2 : 10.20.3.2 . 8080 }",
		);
	});

	test("is what lbscope's config describes", () => {
		const plan = planLab({ prefix: "paper" });
		const interfaces = [{ name: "client1", netns: plan.balancer.path, side: "client" as const }];
		const lab = { ...plan, interfaces } as unknown as Lab;
		const config = configOf(lab, { listen: "127.0.0.1:9", health: { interval: "1s" } });
		expect(config).toMatchObject({
			listen: "127.0.0.1:9",
			interfaces: [{ name: "client1", netns: "/run/netns/lbs-paper-lb" }],
			health: { netns: "/run/netns/lbs-paper-lb", interval: "1s" },
		});
		expect(config.services).toContainEqual(
			expect.objectContaining({ name: "web-v6", vip: "fd00:99::1", port: 80, protocol: "tcp" }),
		);
	});
});

describe("conntrack's text", () => {
	const ended =
		"    [DESTROY] ipv4     2 tcp      6 src=10.10.1.2 dst=10.99.0.1 sport=4000 dport=80 packets=6 bytes=500" +
		" src=10.20.3.2 dst=10.20.3.1 sport=8080 dport=4000 packets=5 bytes=700 [ASSURED] mark=0 id=77";
	const living =
		"ipv6     10 sctp     132 9 CLOSED src=fd00:10:1::2 dst=fd00:99::1 sport=5 dport=6 packets=1 bytes=72" +
		" src=fd00:20:1::2 dst=fd00:10:1::2 sport=6 dport=5 packets=1 bytes=56 mark=0 use=1 id=78";

	test("gives both directions of a flow that ended", () => {
		expect(parseConntrack(ended)).toEqual([
			{
				protocol: "tcp",
				id: "77",
				state: undefined,
				original: {
					...{ source: "10.10.1.2", destination: "10.99.0.1", sourcePort: 4000, destinationPort: 80 },
					...{ packets: 6, bytes: 500 },
				},
				reply: {
					...{ source: "10.20.3.2", destination: "10.20.3.1", sourcePort: 8080, destinationPort: 4000 },
					...{ packets: 5, bytes: 700 },
				},
			},
		]);
	});

	test("gives the state of a living one and leaves other protocols out", () => {
		const icmp =
			"ipv4     2 icmp     1 29 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=3 packets=1 bytes=84 src=1 dst=2";
		expect(parseConntrack(`${icmp}\n${living}\n`)).toMatchObject([
			{ protocol: "sctp", state: "CLOSED", id: "78" },
		]);
	});
});
