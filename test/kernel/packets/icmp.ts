/** ICMP and ICMPv6: what is inside is the packet that they quote. */
import type { Layer } from "./packet.ts";

export function icmp(type: number, code: number): Layer {
	return icmpMessage(1, type, code);
}

export function icmpv6(type: number, code: number): Layer {
	return icmpMessage(58, type, code);
}

/** Destination unreachable. */
export function unreachable(family: "IPv4" | "IPv6", code: number): Layer {
	return family === "IPv4" ? icmp(3, code) : icmpv6(1, code);
}

function icmpMessage(protocol: number, type: number, code: number): Layer {
	return (inside) => {
		const header = Buffer.alloc(8);
		header[0] = type;
		header[1] = code;
		return { ethertype: 0, protocol, bytes: Buffer.concat([header, inside.bytes]) };
	};
}
