/**
 * The text of /proc/net/ip_vs (net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_info_seq_show()): three lines of heading, then a line
 * for each service, followed by one for each of its destinations:
 *
 *   TCP  0A000001:0050 wlc persistent 300 FFFFFFFF
 *     -> 0A010102:1F90      Masq    1      0          0
 *   UDP  [2001:0db8:0000:0000:0000:0000:0000:0001]:0035 rr
 *     -> [2001:0db8:0000:0000:0000:0000:0000:0002]:0035      Route   0      3          12
 *   FWM  00000007 rr ops
 *
 * Addresses and ports are hexadecimal, the most significant digit first; IPv6 is written in full, in brackets. Behind the
 * scheduler may come `ops` (one packet) and `persistent SECONDS MASK`. Destinations say how packets are forwarded, the
 * weight, and how many connections there are.
 */
import { canonicalAddress } from "../model/address.ts";
import { type Endpoint, PROTOCOLS, type Protocol } from "../model/service.ts";
import type { Discovered } from "./discovery.ts";
import { eachOnce, unnamed } from "./unnamed.ts";

const HEADING = "IP Virtual Server";
const LINES_PER_SLICE = 2000;

interface Listed extends Endpoint {
	readonly protocol: Protocol;
	readonly endpoints: Endpoint[];
}

/** `skip` gets the reason why a service is left out, and its line. */
export function* parseIpVs(
	text: string,
	skip: (reason: string, line: string) => void,
): Generator<void, Discovered[]> {
	if (!text.startsWith(HEADING)) {
		throw new Error(
			`Cannot read the services of IPVS: it begins "${text.slice(0, 40)}", expected ${HEADING}`,
		);
	}
	const services: Listed[] = [];
	// Undefined while the lines belong to a service that is left out.
	let current: Listed | undefined;
	let number = 0;
	for (const line of linesOf(text)) {
		if (++number % LINES_PER_SLICE === 0) yield;
		if (number <= 3) continue;
		if (line.startsWith("  -> ")) current?.endpoints.push(parseDestination(line));
		else {
			current = parseService(line, skip);
			if (current) services.push(current);
		}
	}
	return services.map(({ address, port, protocol, endpoints }) =>
		unnamed(address, port, protocol, eachOnce(endpoints)),
	);
}

function* linesOf(text: string): Generator<string> {
	for (let start = 0; start < text.length; ) {
		const end = text.indexOf("\n", start);
		yield text.slice(start, end < 0 ? undefined : end);
		start = end < 0 ? text.length : end + 1;
	}
}

function parseService(line: string, skip: (reason: string, line: string) => void): Listed | undefined {
	const [word = "", place = ""] = line.split(/ +/, 2);
	const protocol = PROTOCOLS.find((each) => each.toUpperCase() === word);
	const vip = protocol ? parsePlace(place, line) : undefined;
	// A persistent service may take every port of its address: then its port is 0.
	if (protocol && vip && vip.port !== 0) return { ...vip, protocol, endpoints: [] };
	skip(`services of IPVS ${reasonFor(word)} are not supported`, line.trim());
	return undefined;
}

function reasonFor(word: string): string {
	if (word === "FWM") return "by firewall mark";
	return (PROTOCOLS as readonly string[]).includes(word.toLowerCase()) ? "for all ports" : `over ${word}`;
}

/** Weight 0 means that no new connection goes there: it is an endpoint as long as it is listed. */
function parseDestination(line: string): Endpoint {
	return parsePlace(line.split(/ +/, 3)[2] ?? "", line);
}

function parsePlace(text: string, line: string): Endpoint {
	const [, ipv4, ipv6, port = ""] = /^(?:([0-9A-F]{8})|\[([0-9a-f:]+)\]):([0-9A-F]{4})$/.exec(text) ?? [];
	const address = ipv4 ? Buffer.from(ipv4, "hex").join(".") : canonicalAddress(ipv6 ?? "");
	if (address) return { address, port: Number.parseInt(port, 16) };
	throw new Error(
		`Cannot read the services of IPVS: there is a line "${line}", expected an address and a port`,
	);
}
