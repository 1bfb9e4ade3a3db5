/** Pages that the maps of a LoxiLB give; the numbers are worked out by hand. */
import { afterEach, expect, test } from "vitest";
import type { BpfObject } from "../../../src/bpf/object.ts";
import { removePinDirectory } from "../../../src/bpf/pins.ts";
import { CATALOGUE } from "../../../src/metrics/catalogue.ts";
import { createRenderer, type Renderer } from "../../../src/metrics/renderer.ts";
import { NO_HISTORY, takeSnapshot } from "../../../src/model/take-snapshot.ts";
import { createLoxilbSource, type LoxilbSource } from "../../../src/sources/loxilb/loxilb-source.ts";
import { parsePage } from "../../e2e/page.ts";
import { textOf } from "../../metrics/render-page.ts";
import { poll } from "../../model/readings.ts";
import { describeInKernel } from "../as-root.ts";
import { withBpffs } from "../bpffs.ts";
import { CT_VALUES, type CtValue, loadMaps, pinMaps } from "./fixture.ts";
import { type FlowOptions, type PlayedLoxilb, playLoxilb } from "./play.ts";

const VIP = { address: "192.0.2.1", port: 80 };
const ENDPOINT = { address: "10.0.0.5", port: 8080 };
const OTHER_ENDPOINT = { address: "10.0.0.6", port: 8080 };
const CLIENT = { address: "198.51.100.7", port: 40_000 };
const WEB = { id: 1, vip: VIP, endpoints: [ENDPOINT, OTHER_ENDPOINT] };
const RING = 64;
const FLOW: FlowOptions = { client: CLIENT, vip: VIP, endpoint: ENDPOINT, counter: 0 };
const PAIR = { service: "192.0.2.1:80", sip: "198.51.100.7", dip: "10.0.0.5" };

describeInKernel("reading LoxiLB's maps", () => {
	const givenDirectory = withBpffs();
	const objects: BpfObject[] = [];
	const directories: string[] = [];
	afterEach(() => {
		for (const object of objects.splice(0)) object.close();
		for (const directory of directories.splice(0)) removePinDirectory(directory);
	});

	/** A LoxiLB with one rule, pinned in a directory. */
	async function start(ctValue: CtValue = 280, directory = givenDirectory()) {
		const object = await loadMaps(ctValue);
		objects.push(object);
		directories.push(directory);
		pinMaps(object, directory);
		const loxilb = playLoxilb(object);
		loxilb.ring(0, RING);
		loxilb.rule(WEB);
		return { loxilb, directory };
	}

	/** The same, and a source that has read it once while nothing had passed. */
	async function reading(ctValue: CtValue = 280) {
		const { loxilb, directory } = await start(ctValue);
		const source = sourceIn(directory);
		await source.read();
		return { loxilb, source, directory };
	}

	/** A flow as it comes: its counters are given, then it is there. */
	function begin(loxilb: PlayedLoxilb, options: FlowOptions): FlowOptions {
		loxilb.flow(options);
		loxilb.ring((options.counter + 2) % RING, RING);
		return options;
	}

	test.each(CT_VALUES)("what a connection has exchanged, with flows of %i bytes", async (ctValue) => {
		const { loxilb, source } = await reading(ctValue);
		// SYN and SYN+ACK with their headers, then what the counters have: 10 packets there, 20 back, without theirs.
		begin(loxilb, { ...FLOW, there: [2, 112], back: [1, 60] });
		loxilb.count(0, 10, 1_000);
		loxilb.count(1, 20, 30_000);
		const page = await pageOf(source);
		const bytes = 112 + 60 + 1_000 + 10 * 20 + 30_000 + 20 * 20;
		expect(seriesOf(page, "lb_rule_interaction_bytes")).toEqual([[PAIR, bytes]]);
		expect(seriesOf(page, "lb_rule_interaction_packets")).toEqual([[PAIR, 33]]);
		expect(seriesOf(page, "endpoint_traffic_bytes")).toEqual([
			[{ service: PAIR.service, dip: "10.0.0.5" }, bytes],
			[{ service: PAIR.service, dip: "10.0.0.6" }, 0],
		]);
		expect(page.value("processed_tcp_bytes")).toBe(bytes);
		expect(page.value("active_flow_count_tcp")).toBe(1);
		expect(page.value("lbscope_loxilb_seen_flows_total", { service: PAIR.service })).toBe(1);
		expect(page.value("lbscope_loxilb_unattributed_bytes_total")).toBe(0);
	});

	test("the whole page of two polls", async () => {
		const { loxilb, source } = await reading();
		begin(loxilb, { ...FLOW, there: [2, 112], back: [1, 60] });
		loxilb.count(0, 10, 1_000);
		loxilb.countRule(1, 0, 30, 31_000);
		const page = await pageOf(source);
		expect(samplesOf(page.text)).toEqual([
			"active_conntrack_count 1",
			"active_flow_count_tcp 1",
			"active_flow_count_udp 0",
			"active_flow_count_sctp 0",
			"inactive_flow_count 0",
			"lb_rule_count 1",
			"healthy_endpoints_count 2",
			"unhealthy_endpoints_count 0",
			"processed_bytes_total 1372",
			"processed_tcp_bytes 1372",
			"processed_udp_bytes 0",
			"processed_sctp_bytes 0",
			"processed_packets_total 13",
			"processed_tcp_packets 13",
			"processed_udp_packets 0",
			"processed_sctp_packets 0",
			'service_traffic_bytes{service="192.0.2.1:80"} 1372',
			'service_traffic_packets{service="192.0.2.1:80"} 13',
			'endpoint_traffic_bytes{service="192.0.2.1:80",dip="10.0.0.5"} 1372',
			'endpoint_traffic_bytes{service="192.0.2.1:80",dip="10.0.0.6"} 0',
			'client_traffic_packets{service="192.0.2.1:80",sip="198.51.100.7"} 13',
			'lb_rule_interaction_bytes{service="192.0.2.1:80",sip="198.51.100.7",dip="10.0.0.5"} 1372',
			'lb_rule_interaction_packets{service="192.0.2.1:80",sip="198.51.100.7",dip="10.0.0.5"} 13',
			'lbscope_map_entries{map="ct_map"} 2',
			'lbscope_map_entries{map="pairs"} 1',
			'lbscope_map_capacity_entries{map="ct_map"} 16384',
			'lbscope_map_capacity_entries{map="pairs"} 16',
			'lbscope_overflow_packets_total{map="pairs"} 0',
			'lbscope_map_evictions_total{map="pairs",reason="idle"} 0',
			'lbscope_map_evictions_total{map="pairs",reason="crowded"} 0',
			'lbscope_service_info{service="192.0.2.1:80",vip="192.0.2.1",port="80",protocol="tcp",namespace="",name="",type=""} 1',
			"lbscope_uncounted_services 0",
			'lbscope_retired_bytes_total{service="192.0.2.1:80",level="pair"} 0',
			'lbscope_retired_bytes_total{service="192.0.2.1:80",level="client"} 0',
			'lbscope_retired_bytes_total{service="192.0.2.1:80",level="endpoint"} 0',
			'lbscope_retired_packets_total{service="192.0.2.1:80",level="pair"} 0',
			'lbscope_retired_packets_total{service="192.0.2.1:80",level="client"} 0',
			'lbscope_retired_packets_total{service="192.0.2.1:80",level="endpoint"} 0',
			'lbscope_loxilb_seen_flows_total{service="192.0.2.1:80"} 1',
			"lbscope_loxilb_missed_flows_total 0",
			"lbscope_loxilb_unattributed_bytes_total 0",
			"lbscope_loxilb_unattributed_packets_total 0",
			'lbscope_loxilb_rule_bytes_total{service="192.0.2.1:80"} 31000',
			'lbscope_loxilb_rule_packets_total{service="192.0.2.1:80"} 30',
		]);
	});

	test("what was there before the first poll is nobody's news, what comes after it is", async () => {
		const { loxilb, directory } = await start();
		begin(loxilb, { ...FLOW, there: [5, 500] });
		loxilb.count(0, 10, 1_000);
		loxilb.count(40, 7, 700);
		loxilb.countRule(1, 0, 17, 1_500);
		const source = sourceIn(directory);
		const first = await pageOf(source);
		expect(first.value("processed_bytes_total")).toBe(0);
		expect(first.series("lb_rule_interaction_bytes")).toEqual([]);
		expect(first.value("active_conntrack_count")).toBe(1);
		expect(first.value("lbscope_loxilb_seen_flows_total", { service: PAIR.service })).toBe(0);
		loxilb.flow({ ...FLOW, there: [6, 540] });
		loxilb.count(0, 11, 1_100);
		loxilb.countRule(1, 0, 18, 1_600);
		const page = await pageOf(source);
		expect(page.value("processed_bytes_total")).toBe(40 + 100 + 20);
		expect(page.value("lbscope_loxilb_rule_bytes_total", { service: PAIR.service })).toBe(100);
		expect(page.value("lbscope_loxilb_seen_flows_total", { service: PAIR.service })).toBe(0);
	});

	test("last packets of a connection that has ended are still its own", async () => {
		const { loxilb, source } = await reading();
		const flow = begin(loxilb, FLOW);
		loxilb.count(0, 10, 1_000);
		await source.read();
		loxilb.count(0, 15, 1_500);
		loxilb.endFlow(flow);
		const page = await pageOf(source);
		expect(seriesOf(page, "lb_rule_interaction_bytes")).toEqual([[PAIR, 1_500 + 15 * 20]]);
		expect(page.value("active_conntrack_count")).toBe(0);
		loxilb.count(0, 16, 9_999);
		expect((await pageOf(source)).value("processed_packets_total")).toBe(15);
	});

	test("a counter that is given again says nothing of the flow before", async () => {
		const { loxilb, source } = await reading();
		const flow = begin(loxilb, FLOW);
		loxilb.count(0, 102, 8_364);
		await source.read();
		loxilb.endFlow(flow);
		await source.read();
		loxilb.ring(2, RING);
		const next = { ...FLOW, client: { address: "203.0.113.9", port: 5 }, endpoint: OTHER_ENDPOINT };
		begin(loxilb, next);
		loxilb.count(0, 102 + 3, 8_364 + 300);
		const page = await pageOf(source);
		expect(seriesOf(page, "lb_rule_interaction_packets")).toEqual([
			[PAIR, 102],
			[{ ...PAIR, sip: "203.0.113.9", dip: "10.0.0.6" }, 3],
		]);
		expect(page.value("lbscope_loxilb_unattributed_packets_total")).toBe(0);
	});

	test("a counter that two flows had between two polls belongs to neither", async () => {
		const { loxilb, source } = await reading();
		const flow = begin(loxilb, FLOW);
		loxilb.count(0, 10, 1_000);
		await source.read();
		loxilb.endFlow(flow);
		begin(loxilb, { ...FLOW, client: { address: "203.0.113.9", port: 5 } });
		loxilb.count(0, 18, 1_800);
		const page = await pageOf(source);
		expect(seriesOf(page, "lb_rule_interaction_packets")).toEqual([[PAIR, 10]]);
		expect(page.value("lbscope_loxilb_unattributed_packets_total")).toBe(8);
		expect(page.value("lbscope_loxilb_unattributed_bytes_total")).toBe(800 + 8 * 20);
		loxilb.count(0, 19, 1_900);
		const sip = "203.0.113.9";
		expect((await pageOf(source)).value("lb_rule_interaction_packets", { ...PAIR, sip })).toBe(1);
	});

	test("a flow that lives while its counter is given again keeps what is certainly its own", async () => {
		const { loxilb, source } = await reading();
		begin(loxilb, FLOW);
		loxilb.count(0, 10, 1_000);
		await source.read();
		// The ring goes round: another flow has had the counter, and was gone before the poll.
		loxilb.ring(4, RING);
		loxilb.count(0, 14, 1_400);
		await source.read();
		loxilb.ring(2, RING);
		loxilb.count(0, 20, 2_000);
		const page = await pageOf(source);
		expect(page.value("lb_rule_interaction_packets", PAIR)).toBe(14);
		expect(page.value("lbscope_loxilb_unattributed_packets_total")).toBe(6);
	});

	test("flows that came and went between two polls are counted as missed, and their bytes as nobody's", async () => {
		const { loxilb, source } = await reading();
		loxilb.ring(8, RING);
		for (const counter of [0, 1, 6]) loxilb.count(counter, 5, 500);
		const page = await pageOf(source);
		expect(page.value("lbscope_loxilb_missed_flows_total")).toBe(4);
		expect(page.value("lbscope_loxilb_unattributed_packets_total")).toBe(15);
		expect(page.value("processed_bytes_total")).toBe(0);
		begin(loxilb, { ...FLOW, counter: 8 });
		const next = await pageOf(source);
		expect(next.value("lbscope_loxilb_missed_flows_total")).toBe(4);
		expect(next.value("lbscope_loxilb_seen_flows_total", { service: PAIR.service })).toBe(1);
	});

	test("a flow that comes while the table is read has its counter for its own at the next poll", async () => {
		const { loxilb, source } = await reading();
		loxilb.flow(FLOW);
		loxilb.count(0, 3, 300);
		await source.read();
		loxilb.ring(2, RING);
		loxilb.count(0, 5, 500);
		const page = await pageOf(source);
		expect(page.value("lb_rule_interaction_packets", PAIR)).toBe(5);
		expect(page.value("lbscope_loxilb_missed_flows_total")).toBe(0);
	});

	test("a counter that LoxiLB clears counts on", async () => {
		const { loxilb, source } = await reading();
		begin(loxilb, FLOW);
		loxilb.count(0, 10, 1_000);
		loxilb.countRule(1, 0, 10, 1_000);
		await source.read();
		loxilb.count(0, 2, 200);
		loxilb.countRule(1, 0, 2, 200);
		const page = await pageOf(source);
		expect(page.value("lb_rule_interaction_packets", PAIR)).toBe(12);
		expect(page.value("lbscope_loxilb_rule_packets_total", { service: PAIR.service })).toBe(12);
	});

	test("the same ports again are another flow", async () => {
		const { loxilb, source } = await reading();
		begin(loxilb, { ...FLOW, there: [2, 100] });
		loxilb.count(0, 10, 1_000);
		await source.read();
		begin(loxilb, { ...FLOW, counter: 2, endpoint: OTHER_ENDPOINT, there: [1, 60] });
		loxilb.count(0, 11, 1_100);
		loxilb.count(2, 4, 400);
		const page = await pageOf(source);
		expect(seriesOf(page, "lb_rule_interaction_packets")).toEqual([
			[PAIR, 12],
			[{ ...PAIR, dip: "10.0.0.6" }, 5],
		]);
		expect(page.value("lbscope_loxilb_unattributed_packets_total")).toBe(1);
		expect(page.value("lbscope_loxilb_seen_flows_total", { service: PAIR.service })).toBe(2);
	});

	test("traffic that is not load-balanced is no flow, whatever its stale fields say", async () => {
		const { loxilb, source } = await reading();
		begin(loxilb, { ...FLOW, flags: 0, there: [50, 5_000], back: [50, 5_000] });
		begin(loxilb, { ...FLOW, client: { ...CLIENT, port: 2 }, protocol: 1, counter: 2, there: [9, 900] });
		begin(loxilb, { ...FLOW, client: { ...CLIENT, port: 3 }, flags: 2, counter: 4, there: [9, 900] });
		for (const counter of [0, 1, 2, 4]) loxilb.count(counter, 10, 1_000);
		const page = await pageOf(source);
		expect(page.value("processed_packets_total")).toBe(0);
		expect(page.series("client_traffic_packets")).toEqual([]);
		expect(page.value("active_conntrack_count")).toBe(0);
		expect(page.value("inactive_flow_count")).toBe(0);
		expect(page.value("lbscope_loxilb_unattributed_packets_total")).toBe(0);
		expect(page.value("lbscope_loxilb_missed_flows_total")).toBe(0);
	});

	test("states of each protocol", async () => {
		const { loxilb, source } = await reading();
		const states = [
			["tcp", 1, 0x100],
			["tcp", 4, 0x200],
			["tcp", 0x80, 0x10],
			["udp", 1, 2],
			["udp", 0, 8],
			["sctp", 0x40, 0x80],
		] as const;
		let counter = 0;
		for (const [protocol, ...both] of states) {
			for (const state of both) {
				begin(loxilb, { ...FLOW, client: { ...CLIENT, port: 1_000 + counter }, protocol, state, counter });
				counter += 2;
			}
		}
		const page = await pageOf(source);
		expect(["tcp", "udp", "sctp"].map((name) => page.value(`active_flow_count_${name}`))).toEqual([2, 2, 1]);
		expect(page.value("active_conntrack_count")).toBe(5);
		expect(page.value("inactive_flow_count")).toBe(7);
	});

	test("IPv6, and clients of the one family with endpoints of the other, have the headers that clients see", async () => {
		const { loxilb, source } = await reading();
		const vip = { address: "2001:db8::1", port: 443 };
		const endpoint = { address: "2001:db8::5", port: 8443 };
		loxilb.rule({ id: 2, vip, endpoints: [endpoint, ENDPOINT] });
		const client = { address: "2001:db8:c::1", port: 1 };
		begin(loxilb, { client, vip, endpoint, rule: 2, counter: 0, there: [1, 80] });
		begin(loxilb, { client, vip: { ...vip }, endpoint: ENDPOINT, rule: 2, counter: 2, back: [1, 60] });
		loxilb.count(0, 2, 200);
		loxilb.count(3, 2, 200);
		const page = await pageOf(source);
		const pair = { service: "[2001:db8::1]:443", sip: "2001:db8:c::1" };
		// The second has replaced the first, whose ports it has; the answer of 60 bytes is 80 on the client's side.
		expect(page.value("lb_rule_interaction_bytes", { ...pair, dip: "10.0.0.5" })).toBe(
			60 + 20 + 200 + 2 * 40,
		);
		expect(page.value("endpoint_traffic_bytes", { service: pair.service, dip: "2001:db8::5" })).toBe(0);
		expect(page.value("lbscope_loxilb_unattributed_packets_total")).toBe(2);
	});

	test("an endpoint that sees LoxiLB's address belongs to the client that is behind it", async () => {
		const { loxilb, source } = await reading();
		begin(loxilb, { ...FLOW, translatedTo: "10.0.0.1", there: [1, 60], back: [1, 60] });
		const page = await pageOf(source);
		expect(seriesOf(page, "lb_rule_interaction_packets")).toEqual([[PAIR, 2]]);
	});

	test("a rule with several addresses is one service, by the name that others know it by", async () => {
		const { loxilb, source } = await reading();
		const second = { address: "192.0.2.200", port: 80 };
		loxilb.rule({ ...WEB, vip: second });
		begin(loxilb, { ...FLOW, vip: second, there: [1, 60] });
		const unnamed = await pageOf(source);
		expect(unnamed.value("lb_rule_count")).toBe(1);
		expect(unnamed.value("service_traffic_packets", { service: "192.0.2.1:80" })).toBe(1);
		source.name([{ label: "web", vip: second.address, port: 80, protocol: "tcp", endpoints: [] }]);
		begin(loxilb, { ...FLOW, client: { ...CLIENT, port: 2 }, counter: 2, there: [3, 180] });
		const named = await pageOf(source);
		expect(named.value("service_traffic_packets", { service: "web" })).toBe(3);
		expect(named.value("lb_rule_count")).toBe(1);
	});

	test("rules come and go; what they have counted stays, and endpoints are as healthy as LoxiLB says", async () => {
		const { loxilb, source } = await reading();
		begin(loxilb, { ...FLOW, there: [2, 120] });
		await source.read();
		loxilb.noRule(VIP);
		loxilb.rule({
			id: 3,
			vip: { address: "192.0.2.3", port: 53 },
			protocol: "udp",
			endpoints: [{ ...ENDPOINT, inactive: true }],
		});
		loxilb.rule({ id: 4, vip: { address: "192.0.2.4", port: 0 }, endpoints: [], action: 1 });
		const page = await pageOf(source);
		expect(page.value("lb_rule_count")).toBe(1);
		expect(page.value("service_traffic_packets", { service: PAIR.service })).toBe(2);
		expect(page.value("service_traffic_packets", { service: "192.0.2.3:53/udp" })).toBe(0);
		expect(page.value("unhealthy_endpoints_count")).toBe(1);
		expect(page.value("healthy_endpoints_count")).toBe(0);
	});

	test("after a restart of LoxiLB it goes on with the maps that are new, and no counter goes down", async () => {
		const { loxilb, source, directory } = await reading(272);
		begin(loxilb, { ...FLOW, there: [2, 120] });
		loxilb.count(0, 10, 1_000);
		await source.read();
		const { loxilb: next } = await start(280, directory);
		begin(next, { ...FLOW, there: [1, 60] });
		next.count(0, 5, 500);
		const page = await pageOf(source);
		expect(page.value("lb_rule_interaction_packets", PAIR)).toBe(12 + 6);
		expect(page.value("lb_rule_interaction_bytes", PAIR)).toBe(120 + 1_200 + 60 + 600);
	});

	test("while LoxiLB is away a poll fails, and the next one goes on", async () => {
		const { loxilb, source, directory } = await reading();
		begin(loxilb, { ...FLOW, there: [2, 120] });
		await source.read();
		const [object] = objects;
		removePinDirectory(directory);
		await expect(source.read()).rejects.toThrow(
			`Cannot open map ct_map of LoxiLB: it is not in ${directory}`,
		);
		pinMaps(object as BpfObject, directory);
		loxilb.flow({ ...FLOW, there: [3, 180] });
		expect((await pageOf(source)).value("lb_rule_interaction_packets", PAIR)).toBe(3);
	});

	test("a counter ring that cannot be is refused, and counts no bytes twice", async () => {
		const { loxilb, source } = await reading();
		begin(loxilb, { ...FLOW, there: [2, 120] });
		loxilb.ring(70_000, RING);
		await expect(source.read()).rejects.toThrow(
			"Cannot read map ct_ctr: it gives counter 70000 of 0 to 64, expected one of 16384",
		);
		loxilb.ring(2, RING);
		expect((await pageOf(source)).value("lb_rule_interaction_packets", PAIR)).toBe(2);
	});

	test("rows that make no sense break nothing, and give no number to anybody", async () => {
		const { loxilb, source } = await reading();
		begin(loxilb, { ...FLOW, there: [2, 120] });
		loxilb.corrupt({ ...FLOW, client: { ...CLIENT, port: 2 } }, "ca.cidx", 0xffff_ffff, 4);
		loxilb.corrupt({ ...FLOW, client: { ...CLIENT, port: 3 } }, "ctd.dir", 77, 4);
		loxilb.corrupt({ ...FLOW, client: { ...CLIENT, port: 4 }, counter: 9 }, "ctd.xi.nat_flags", 0xff, 1);
		loxilb.rule({ id: 1, vip: { address: "192.0.2.9", port: 9 }, endpoints: [] });
		loxilb.rule({ ...WEB, id: 70_000, vip: { address: "192.0.2.8", port: 8 } });
		const page = await pageOf(source);
		expect(page.value("processed_packets_total")).toBe(2);
		expect(page.sum("service_traffic_packets")).toBe(2);
	});

	test("pairs without room count by endpoint, and those that leave stay in the sums", async () => {
		const { loxilb, source } = await reading();
		for (let client = 0; client < 20; client++) {
			begin(loxilb, {
				...FLOW,
				client: { address: `198.51.100.${client + 1}`, port: 1 },
				counter: (2 * client) % RING,
				there: [1, 60],
			});
		}
		const page = await pageOf(source);
		expect(page.series("lb_rule_interaction_packets")).toHaveLength(16 + 1);
		expect(page.value("lb_rule_interaction_packets", { ...PAIR, sip: "other" })).toBe(4);
		expect(page.value("lbscope_overflow_packets_total", { map: "pairs" })).toBe(4);
		// Asked for twice, it goes once.
		await source.release(Uint32Array.of(0, 0), "crowded");
		const after = await pageOf(source);
		expect(after.series("lb_rule_interaction_packets")).toHaveLength(15 + 1);
		expect(after.value("processed_packets_total")).toBe(20);
		expect(after.value("lbscope_retired_packets_total", { service: PAIR.service, level: "pair" })).toBe(1);
		expect(after.value("lbscope_retired_packets_total", { service: PAIR.service, level: "client" })).toBe(1);
		expect(after.value("lbscope_map_evictions_total", { map: "pairs", reason: "crowded" })).toBe(1);
	});

	test("what its maps cannot tell is absent", async () => {
		const { loxilb, source } = await reading();
		begin(loxilb, { ...FLOW, there: [2, 120] });
		await source.read();
		const names = new Set((await pageOf(source)).names());
		const absent = [
			"total_requests",
			"total_requests_per_service",
			"total_errors",
			"total_errors_per_service",
		];
		for (const name of [...absent, "new_flow_count", "rps_requests", "rps_eps", "rps_1m_avg", "rps_1m_peak"])
			expect(names).not.toContain(name);
		for (const name of ["lbscope_flow_errors_total", "lbscope_unattributed_bytes", "total_fw_drops"])
			expect(names).not.toContain(name);
	});
});

function sourceIn(directory: string): LoxilbSource {
	return createLoxilbSource({
		directory,
		limits: { pairs: 16, services: 8, clientPrefix: { ipv4: 32, ipv6: 128 } },
		now: () => 0,
		firewall: async () => ({ firewall: undefined, firewallRules: undefined }),
	});
}

/** Each has rendered the pages before. */
const renderers = new WeakMap<LoxilbSource, Renderer>();

function rendererOf(source: LoxilbSource): Renderer {
	const renderer = renderers.get(source) ?? createRenderer(CATALOGUE);
	renderers.set(source, renderer);
	return renderer;
}

async function pageOf(source: LoxilbSource) {
	const reading = await source.read();
	const { services, uncounted: uncountedServices } = source.services();
	const told = poll({ reading, services, uncountedServices, health: source.health() });
	const { snapshot } = takeSnapshot(NO_HISTORY, told);
	return parsePage(textOf(await rendererOf(source).render(snapshot, source.table)));
}

function seriesOf(page: ReturnType<typeof parsePage>, name: string) {
	return page.series(name).map(({ labels, value }) => [labels, value]);
}

/** Without comments, and without what is of the machine. */
function samplesOf(page: string): string[] {
	const lines = page.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
	const told = lines.filter((line) => !/^(system_|lbscope_build_info|lbscope_endpoint_)/.test(line));
	// Lines of tables have room for more digits.
	return told.map((line) => line.replace(/ 0+(?=\d)/, " "));
}
