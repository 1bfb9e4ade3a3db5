/** Bytes and packets, by conntrack; endpoints, clients, pairs, firewall. */
import type { Traffic } from "../truth.ts";
import type { Answers } from "./answers.ts";
import { BORN, between, by, nothing, one, type Values } from "./expectation.ts";
import type { LabData } from "./lab-data.ts";

const MINUTE = 60;
const FIVE_MINUTES = 300;

type Known = LabData["truth"]["traffic"];

const PROTOCOLS: Readonly<Record<string, readonly string[]>> = {
	tcp: ["web", "web-v6", "refused", "refused-v6", "reset", "blackhole"],
	udp: ["dns", "dns-v6", "closed"],
	sctp: ["ngap", "abort"],
};
/** Packets that vanish: conntrack has the first of each connection only. */
const BLIND = ["blackhole"];
const SMALL = [...BLIND, "abort", "closed", "refused", "reset"];
/** Those with enough traffic that its first moment is no large part of it. */
const BUSY = ["web", "web-v6", "dns", "dns-v6", "ngap"];

export function trafficAnswers(data: LabData): Answers {
	const { traffic } = data.truth;
	return {
		...totals(traffic),
		...endpoints(traffic),
		...clients(traffic),
		...pairs(traffic),
		...firewall(data),
	};
}

function totals(traffic: Known): Answers {
	const all = sumOf(traffic, Object.values(PROTOCOLS).flat());
	const protocols = Object.keys(PROTOCOLS).map(
		(name) => [name, sumOf(traffic, PROTOCOLS[name] ?? [])] as const,
	);
	const [tcp, , sctp] = protocols.map(([, sum]) => sum);
	const bytes = Object.fromEntries(protocols.map(([name, sum]) => [name, sum.bytes / FIVE_MINUTES]));
	const packets = Object.fromEntries(protocols.map(([name, sum]) => [name, sum.packets / FIVE_MINUTES]));
	return {
		"Bytes per second, both directions, from the IP header onward.": one(all.bytes / MINUTE),
		"Megabits per second over the last poll. rps_bps is bytes.": one(0, 0),
		"Gigabytes in the last hour.": one(all.bytes / 1e9),
		"Highest minute of the last day, in bytes per second.": between(0, (all.bytes / MINUTE) * 1.1, 1),
		"Packets per second.": one(all.packets / MINUTE),
		"Average packet size in bytes.": one(all.bytes / all.packets, 0.01),
		"Average size of TCP packets.": one((tcp?.bytes ?? 0) / (tcp?.packets ?? 0), 0.01),
		"Bytes per second by protocol.": by(["protocol"], bytes),
		"Packets per second by protocol.": by(["protocol"], packets),
		"Percentage of bytes that are TCP.": one(((tcp?.bytes ?? 0) / all.bytes) * 100),
		"Packets per second over the last poll.": one(0, 0),
		"Bytes per second of each service.": by(["service"], levels(traffic, 1, "bytes", MINUTE), {
			unknown: BLIND,
		}),
		"Percentage of bytes that are SCTP.": one(((sctp?.bytes ?? 0) / all.bytes) * 100),
		"The ten services with most bytes per second.": by(
			["service"],
			levels(traffic, 1, "bytes", FIVE_MINUTES),
			{
				top: 10,
				unknown: BLIND,
			},
		),
		"The share of each service in the last two minutes, 0 to 1.": by(
			["service"],
			levels(traffic, 1, "bytes", all.bytes),
			{ within: 0.002, unknown: BLIND },
		),
	};
}

function endpoints(traffic: Known): Answers {
	const ofWeb = inside(levels(pick(traffic, "web"), 2, "bytes", 1));
	const bytes = traffic.web?.bytes ?? 0;
	return {
		"Bytes per second of each endpoint of one service.": by(["dip"], scaled(ofWeb, FIVE_MINUTES)),
		"The ten busiest endpoints.": between(0, bytes / FIVE_MINUTES, 10),
		"The share of each endpoint in its service in the last two minutes, 0 to 1.": by(
			["dip"],
			scaled(ofWeb, bytes),
			{
				within: 0.001,
			},
		),
		// blackhole has one endpoint.
		"How uneven each service is (coefficient of variation): 0 is even, and the number of endpoints does not matter.":
			between(0, 0.5),
		"Endpoints with more than twice the average of their service.": nothing(
			"rate(endpoint_traffic_bytes[5m])",
		),
		"Percentage of a service's bytes whose endpoint did not become known.": nothing(
			"rate(service_traffic_bytes[5m])",
		),
	};
}

function clients(traffic: Known): Answers {
	const packets = levels(traffic, 2, "packets", FIVE_MINUTES, isClient);
	const bytes = levels(traffic, 2, "bytes", FIVE_MINUTES, isClient);
	return {
		"The twenty clients with most packets per second.": by(["service", "sip"], packets, {
			within: BORN,
			top: 6,
			unknown: SMALL,
		}),
		"Packets per second of each client of one service, on all nodes.": by(
			["sip"],
			inside(levels(own(traffic, "web"), 2, "packets", FIVE_MINUTES, isClient)),
			{ within: BORN },
		),
		"The fifteen largest clients by bytes per second.": by(["service", "sip"], bytes, {
			within: BORN,
			top: 6,
			unknown: SMALL,
		}),
		"Clients with more than a tenth of their service's bytes.": between(0.1, 1.05),
		"Clients with more than 10,000 packets per second of less than 100 bytes.": nothing(
			'sum without (dip) (rate(lb_rule_interaction_packets{sip!="other"}[1m]))',
		),
	};
}

function pairs(traffic: Known): Answers {
	const web = pick(traffic, "web");
	const ofWeb = inside(levels(web, 3, "bytes", MINUTE));
	const packetsOfWeb = inside(levels(web, 3, "packets", MINUTE));
	const all = Object.keys(traffic).filter((key) => depth(key) === 3);
	// A pair of one packet has no rate.
	const services = countBy(
		all.filter((key) => BUSY.includes(key.split(" ")[0] ?? "")),
		(key) => key.split(" ")[0] ?? "",
	);
	return {
		"The twenty pairs of client and endpoint with most bytes per second.": between(
			0,
			(traffic.web?.bytes ?? 0) / MINUTE,
			20,
		),
		"Bytes per second between each client and each endpoint of one service, on all nodes: the rows and columns of a matrix.":
			by(["sip", "dip"], ofWeb, { within: BORN }),
		"Bytes per second between one client and one endpoint.": one(ofWeb["10.10.1.2 10.20.1.2"] ?? 0, BORN),
		"Packets per second of each pair of one service.": by(["sip", "dip"], packetsOfWeb, { within: BORN }),
		"The twenty pairs with most packets per second.": between(0, (traffic.web?.packets ?? 0) / MINUTE, 20),
		"Bytes per second of all pairs of a service together, for services whose pairs all have series of their own.":
			by(["service"], levels(traffic, 1, "bytes", MINUTE), { within: BORN, unknown: SMALL }),
		"Pairs above 10 MB/s.": nothing('rate(lb_rule_interaction_bytes{sip!="other"}[1m])'),
		"Average packet size of each pair: below 100 bytes acknowledgements and control, above 1,400 bulk.":
			between(20, 1500),
		"Pairs with traffic in the last minute, by service. Pairs, not connections: those are active_conntrack_count.":
			between(1, Math.max(...Object.values(services))),
		"Endpoints that each client uses.": between(1, 3),
		"Clients that each endpoint serves.": between(1, 2),
		// The lab is not that old.
		"Pairs with traffic now that existed five minutes ago.": nothing("lb_rule_interaction_bytes"),
		"Pairs with traffic now that did not exist five minutes ago.": between(
			1,
			Math.max(...Object.values(services)),
		),
	};
}

function firewall({ truth: { drops } }: LabData): Answers {
	return {
		"Packets dropped since the counters began.": one(drops, 0),
		"Packets per second that one rule drops.": one(drops / MINUTE),
		"Packets per second that rules drop.": one(drops / MINUTE),
		"More than 1,000 drops in the last minute.": nothing("increase(total_fw_drops[1m])"),
		"Packets per second that match rules which only count.": between(1, 1000, 1),
		"Rules active.": one(2, 0),
		// Their nodes have no series but with firewall.host, which the lab has not.
		"Packets per second that netfilter drops and no rule with a counter tells of, with `firewall.host: true`.":
			nothing("total_fw_drops"),
	};
}

/** `names` of services, endpoints or clients: "service", "service dip", "service sip dip". */
function levels(
	traffic: Known,
	names: number,
	unit: keyof Traffic,
	by: number,
	holds: (key: string) => boolean = () => true,
): Record<string, number> {
	const chosen = Object.entries(traffic).filter(([key]) => depth(key) === names && holds(key));
	return Object.fromEntries(chosen.map(([key, sum]) => [key, sum[unit] / by]));
}

function isClient(key: string): boolean {
	return /^10\.10\.|^fd00:10:/.test(key.split(" ")[1] ?? "");
}

function depth(key: string): number {
	return key.split(" ").length;
}

/** Endpoints and pairs of one service; clients are left out. */
function pick(traffic: Known, service: string): Known {
	return Object.fromEntries(
		Object.entries(own(traffic, service)).filter(([key]) => depth(key) !== 2 || !isClient(key)),
	);
}

function own(traffic: Known, service: string): Known {
	return Object.fromEntries(Object.entries(traffic).filter(([key]) => key.split(" ")[0] === service));
}

/** Without the name of the service. */
function inside(values: Values): Record<string, number> {
	return Object.fromEntries(Object.entries(values).map(([key, value]) => [key.replace(/^\S+ /, ""), value]));
}

function scaled(values: Values, by: number): Values {
	return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value / by]));
}

function sumOf(traffic: Known, services: readonly string[]): Traffic {
	return services.reduce(
		(sum, service) => ({
			packets: sum.packets + (traffic[service]?.packets ?? 0),
			bytes: sum.bytes + (traffic[service]?.bytes ?? 0),
		}),
		{ packets: 0, bytes: 0 },
	);
}

function countBy(keys: readonly string[], keyOf: (key: string) => string): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const key of keys) counts[keyOf(key)] = (counts[keyOf(key)] ?? 0) + 1;
	return counts;
}
