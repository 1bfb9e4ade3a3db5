/** A service on the command line: VIP:port/protocol. */
import { UsageError } from "../cli.ts";
import { canonicalAddress } from "../model/address.ts";
import { defaultLabel, PROTOCOLS, type Service } from "../model/service.ts";

/** @throws {UsageError} */
export function parseService(text: string): Service {
	const [, bracketed, plain, digits = "", name = "tcp"] =
		/^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})(?:\/(\w+))?$/.exec(text) ?? [];
	const vip = canonicalAddress(bracketed ?? plain ?? "");
	const protocol = PROTOCOLS.find((known) => known === name);
	const port = Number(digits);
	if (vip === undefined || protocol === undefined || port < 1 || port > 65_535)
		throw new UsageError(
			`--service is ${text}, expected VIP:port/protocol, as in 10.99.0.1:80/tcp or [fd00::1]:53/udp`,
		);
	return { label: defaultLabel(vip, port, protocol), vip, port, protocol, endpoints: [] };
}
