/** Random traffic: scripts of connections, woven into each other, with losses, duplicates and reorderings. */
import fc from "fast-check";
import { PROTOCOLS } from "../../../src/model/service.ts";
import { FAMILIES, type Family } from "../cast.ts";
import { CHUNKS, type ChunkName } from "../packets/transport.ts";
import type { Side } from "./flow-model.ts";
import type { ModelPacket } from "./model.ts";

const CLIENTS = { IPv4: "10.1.0.", IPv6: "fd00:1::" } as const;
const ENDPOINTS = { IPv4: "10.20.1.", IPv6: "fd00:20:1::" } as const;

/** As in ../conversation.ts: `>` from the client, `<` to it; #2: another handshake. */
const TCP_SCRIPTS = [
	">S <SA >A >PA <PA >FA <FA >A",
	">S <SA >A <FA >A >FA <A",
	">S <RA",
	">S >S >S",
	">S <SA >R",
	">S <SA >A >PA <R",
	">S >A >PA >FA >R",
	">S <SA >A >FA <R",
	">S >S#2 <SA#2 >A",
	">S <SA >A >S#2 <A >R >S#2 <SA#2 >A",
	">S <SA >A >S#2 <SA#2 >A#2 <FA >FA",
	">S <SA >A >FA <FA >A >S#3 <SA#3 >A",
	">A <PA >FA <FA",
	"<SA >A",
	">0 >SF >S",
];
const SCTP_SCRIPTS = [
	">INIT <INIT_ACK >COOKIE_ECHO <COOKIE_ACK >DATA <SACK >SHUTDOWN <SHUTDOWN_ACK >SHUTDOWN_COMPLETE",
	">INIT <ABORT",
	">INIT >INIT >INIT#2 <INIT_ACK#2 >COOKIE_ECHO#2",
	">INIT <INIT_ACK >COOKIE_ECHO >DATA >ABORT",
	">INIT >COOKIE_ECHO >DATA >SHUTDOWN",
	">DATA <SACK >INIT",
];
const UDP_SCRIPTS = [">data <data >data", ">data >data", "<data >data <data"];
const SCRIPTS = { tcp: TCP_SCRIPTS, udp: UDP_SCRIPTS, sctp: SCTP_SCRIPTS } as const;

const TCP_WORDS = ["S", "SA", "A", "PA", "FA", "F", "R", "RA", "0", "SF", "SR", "SEC"];
const WORDS = { tcp: TCP_WORDS, udp: ["data"], sctp: Object.keys(CHUNKS) } as const;

/** Its bytes are those of the payload. */
export interface ScriptPacket extends ModelPacket {
	/** Of the handshake that its connection is about. */
	readonly number: number;
}

export type Event =
	| { readonly what: "packet" | "unreachable"; readonly packet: ScriptPacket }
	| { readonly what: "wait"; readonly ms: number }
	| { readonly what: "poll" };

const anyProtocol = fc.constantFrom(...PROTOCOLS, "tcp" as const);

/** Who talks, and whether what the client says goes on to an endpoint. */
const anyParty = fc.record({
	family: fc.constantFrom(...FAMILIES),
	client: fc.integer({ min: 1, max: 3 }),
	port: fc.integer({ min: 1001, max: 1003 }),
	endpoint: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
	payload: fc.integer({ min: 0, max: 1400 }),
});

const anyWords = anyProtocol.chain((protocol) => {
	const anyWord = fc.tuple(
		fc.constantFrom(">", "<"),
		fc.constantFrom(...WORDS[protocol]),
		fc.constantFrom("", "#2", "#3"),
	);
	const random = fc.array(
		anyWord.map((parts) => parts.join("")),
		{ maxLength: 8 },
	);
	const script = fc.constantFrom(...SCRIPTS[protocol]).map((text) => text.split(" "));
	return fc.tuple(fc.constant(protocol), fc.oneof({ weight: 3, arbitrary: script }, random));
});

const anyConversation = fc
	.tuple(anyParty, anyWords)
	.map(([party, [protocol, words]]) => words.map((word) => eventOf(party, protocol, word)));

const anyMishap = fc.record({
	what: fc.constantFrom("lost", "twice", "late", "unreachable"),
	position: fc.nat(200),
});

const anyPause = fc.record({
	pause: fc.constantFrom<Event>(
		{ what: "poll" },
		{ what: "wait", ms: 1200 },
		{ what: "wait", ms: 6000 },
		{ what: "wait", ms: 31_000 },
		{ what: "wait", ms: 80_000 },
	),
	position: fc.nat(200),
});

export const anyTraffic: fc.Arbitrary<Event[]> = fc
	.record({
		conversations: fc.array(anyConversation, { minLength: 1, maxLength: 8 }),
		order: fc.array(fc.nat(7), { maxLength: 60 }),
		mishaps: fc.array(anyMishap, { maxLength: 6 }),
		pauses: fc.array(anyPause, { maxLength: 12 }),
	})
	.map(({ conversations, order, mishaps, pauses }) => {
		const events = weave(conversations, order);
		for (const { what, position } of mishaps) befall(events, what, position);
		for (const { pause, position } of pauses) events.splice(position % (events.length + 1), 0, pause);
		return events;
	});

type Party = Parameters<Parameters<(typeof anyParty)["map"]>[0]>[0];

function eventOf(party: Party, protocol: ModelPacket["protocol"], word: string): Event {
	const { family, client, port, endpoint, payload } = party;
	const [, arrow, name = "", number = "1"] = /^([<>])([^#]+)(?:#(\d))?$/.exec(word) ?? [];
	const from: Side = arrow === ">" ? "client" : "endpoint";
	const onward =
		from === "client" && endpoint !== undefined ? addressOf(ENDPOINTS, family, endpoint) : undefined;
	const packet: ScriptPacket = {
		family,
		protocol,
		client: addressOf(CLIENTS, family, client),
		port,
		from,
		bytes: payload,
		flags: protocol === "tcp" ? name : "",
		chunk: (protocol === "sctp" ? name : "DATA") as ChunkName,
		number: Number(number),
		handshake: tellsHandshake(protocol, arrow + name) ? Number(number) : undefined,
		onward,
	};
	return { what: "packet", packet };
}

/** Which words carry the number of the SYN or INIT. */
function tellsHandshake(protocol: ModelPacket["protocol"], word: string): boolean {
	if (protocol === "tcp") return [">S", ">SEC", "<SA"].includes(word);
	return protocol === "sctp" && word === ">INIT";
}

function addressOf(network: Record<Family, string>, family: Family, host: number): string {
	return `${network[family]}${host}`;
}

/** In turns as `order` says; the rest one after another. */
function weave(conversations: readonly (readonly Event[])[], order: readonly number[]): Event[] {
	const left = conversations.map((events) => [...events]);
	const chosen = order.flatMap((turn) => left[turn % left.length]?.splice(0, 1) ?? []);
	return [...chosen, ...left.flat()];
}

function befall(events: Event[], what: string, position: number): void {
	const at = position % Math.max(1, events.length);
	const event = events[at];
	if (event?.what !== "packet") return;
	if (what === "lost") events.splice(at, 1);
	else if (what === "twice") events.splice(at, 0, event);
	else if (what === "late") events.splice(at, 2, ...events.slice(at, at + 2).reverse());
	else events.splice(at, 0, { what: "unreachable", packet: event.packet });
}
