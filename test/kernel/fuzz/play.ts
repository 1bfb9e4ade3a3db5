/** Random traffic through the programs and through the model, and what both say of it. */

import { SERVICE_PORT, SERVICES, VIP } from "../cast.ts";
import { unreachable } from "../packets/icmp.ts";
import { ip } from "../packets/ip.ts";
import { bytes, ethernet, type Layer, packet } from "../packets/packet.ts";
import { type Ports, sctp, tcp, udp } from "../packets/transport.ts";
import type { Model } from "./model.ts";
import type { ReplayPath } from "./replay-path.ts";
import type { Event, ScriptPacket } from "./scripts.ts";

/** Longer than a note of the join is valid: see JOIN_MAX_AGE in bpf/join.h. */
const BETWEEN_MS = 20;
const ETHERNET_BYTES = 14;
const HOST_UNREACHABLE = { IPv4: 1, IPv6: 3 };
const ENDPOINT_PORT = 8080;

export async function play(path: ReplayPath, model: Model, events: readonly Event[]): Promise<void> {
	for (const event of [...events, { what: "poll" } as const]) {
		path.nowMs += event.what === "wait" ? event.ms : BETWEEN_MS;
		if (event.what === "packet") pass(path, model, event.packet);
		else if (event.what === "unreachable") complain(path, model, event.packet);
		else if (event.what === "poll") {
			await path.read();
			model.poll(path.nowMs);
		}
	}
}

function pass(path: ReplayPath, model: Model, told: ScriptPacket): void {
	const { from, family, client, onward } = told;
	const [vip, ports] = [VIP[family], portsOf(told)];
	const hash = hashOf(told);
	if (from === "endpoint") path.egress(frameOf(told, vip, client, ports));
	else {
		path.ingress(frameOf(told, client, vip, ports), hash);
		if (onward) path.egress(frameOf(told, client, onward, { ...ports, to: ENDPOINT_PORT }), hash);
	}
	const size = frameOf(told, client, vip, ports).length - ETHERNET_BYTES;
	model.packet({ ...told, bytes: size }, path.nowMs);
}

/** About a packet of the client, from a router: to the client. */
function complain(path: ReplayPath, model: Model, told: ScriptPacket): void {
	const { family, client } = told;
	const quoted = [
		ip({ from: client, to: VIP[family] }),
		transportOf(told, { from: told.port, to: SERVICE_PORT }),
	];
	const message = unreachable(family, HOST_UNREACHABLE[family]);
	path.egress(packet(ethernet(), ip({ from: VIP[family], to: client }), message, ...quoted, bytes(8)));
	model.unreachable(told, "network");
}

/** What stays across NAT. */
function hashOf({ client, port }: ScriptPacket): number {
	return Number(client.split(/[.:]/).at(-1)) * 65_536 + port;
}

function portsOf({ from, port }: ScriptPacket): Ports {
	return from === "client" ? { from: port, to: SERVICE_PORT } : { from: SERVICE_PORT, to: port };
}

function frameOf(told: ScriptPacket, from: string, to: string, ports: Ports): Buffer {
	return packet(ethernet(), ip({ from, to }), transportOf(told, ports), bytes(told.bytes));
}

function transportOf({ protocol, flags, chunk, handshake, number }: ScriptPacket, ports: Ports): Layer {
	// What belongs to no handshake has a number that no handshake has.
	const sequence = handshake === undefined ? 1000 * number + 500 : 1000 * handshake;
	if (protocol === "tcp") return tcp({ ...ports, flags, sequence, acknowledged: sequence + 1 });
	return protocol === "udp" ? udp(ports) : sctp({ ...ports, chunk, tag: 5, initiateTag: sequence });
}

type Told = Record<string, unknown>;

/** The maps, in the words that modelled() has for the model. */
export async function counted(path: ReplayPath): Promise<Told> {
	const flows = await path.rowsOf("flows");
	const { rows } = await path.flowRoom();
	const pairs = await path.rowsOf("pairs");
	const { services } = await path.read();
	return {
		flows: byKey(flows, (row) => [`${row.protocol} ${row.client} ${row.vip}`, flowSaid(row)]),
		rows,
		pairs: byKey(pairs, ({ slot, client, endpoint, packets, bytes }) => [
			`${SERVICES[Number(slot)]?.label} ${client} ${endpoint}`,
			{ packets, bytes },
		]),
		totals: byKey(
			services.filter(({ packets }) => packets > 0),
			({ label, packets, bytes, requests }) => [label, { packets, bytes, requests }],
		),
		errors: byKey(
			services.flatMap(({ label, errors }) => errors.map((error) => ({ label, ...error }))),
			({ label, reason, origin, count }) => [`${label}: ${reason} by ${origin}`, count],
		),
	};
}

function flowSaid({ state, marks, error, endpoint, pendingPackets, pendingBytes }: Told): Told {
	const waiting = { packets: pendingPackets, bytes: pendingBytes };
	return { state, marks: [...(marks as string[])].sort(), error, endpoint, waiting };
}

export function modelled({ flows, pairs, totals, errors }: Model): Told {
	return {
		flows: byKey([...flows], ([key, { flow, waiting }]) => [
			key,
			{
				state: flow.state,
				marks: marksOf(flow),
				error: flow.error && `${flow.error.reason} by ${flow.error.origin}`,
				endpoint: flow.endpoint ?? "unknown",
				waiting,
			},
		]),
		rows: flows.size,
		pairs: Object.fromEntries(pairs),
		totals: Object.fromEntries(totals),
		errors: Object.fromEntries(errors),
	};
}

type ModelFlow =
	Model["flows"] extends Map<string, infer Tracked extends { flow: unknown }> ? Tracked["flow"] : never;

function marksOf({ isRequest, answered, finished, expired, wasAskedAnew }: ModelFlow): string[] {
	const marks = {
		counted: isRequest,
		answered,
		fin_client: finished.has("client"),
		fin_endpoint: finished.has("endpoint"),
		expired,
		syn_again: wasAskedAnew,
	};
	return Object.entries(marks)
		.flatMap(([mark, isSet]) => (isSet ? [mark] : []))
		.sort();
}

function byKey<T>(rows: readonly T[], keyed: (row: T) => [string, unknown]): Told {
	return Object.fromEntries(rows.map(keyed));
}
