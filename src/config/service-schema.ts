import { hostPort } from "../model/address.ts";
import { defaultLabel, PROTOCOLS, type Service } from "../model/service.ts";
import { acrossKeys, listOf, mapping, unique } from "./collections.ts";
import { probe } from "./health-schema.ts";
import { familyOf } from "./prefix.ts";
import { hostAddress, oneOf, port, text } from "./scalars.ts";
import { findUnfitCharacter } from "./unfit-character.ts";

export const MAX_SERVICES = 65_536;
const MAX_ENDPOINTS = 65_536;

/** A name becomes a label of many series: long or invisible text in it would be paid for, or wondered at, each time. */
const label = text(
	"1 to 128 characters without control characters or blanks at the ends",
	(name) =>
		/^.{1,128}$/su.test(name) && !/\p{Cc}/u.test(name) && !findUnfitCharacter(name) && name.trim() === name,
);

const endpoint = mapping({ address: hostAddress, port });

const service = mapping({
	name: label.optional(),
	vip: hostAddress,
	port,
	protocol: oneOf(PROTOCOLS).prefault("tcp"),
	endpoints: listOf(endpoint, 0, MAX_ENDPOINTS)
		.check(
			unique(({ address, port }) => `endpoint ${hostPort(address, port)}`, "one of each address and port"),
		)
		.prefault([]),
	health: probe.optional(),
})
	.check(
		acrossKeys(["protocol", "health"], ({ protocol, health }, report) => {
			if (health === undefined || health.type === "none" || protocol === "tcp") return;
			report(["health", "type"], "none: only endpoints of TCP services can be probed", {
				subject: `type is ${health.type} and protocol is ${protocol}`,
			});
		}),
	)
	.check(
		acrossKeys(["vip", "endpoints"], ({ vip, endpoints }, report) => {
			for (const [i, { address }] of endpoints.entries())
				if (familyOf(address) !== familyOf(vip))
					report(["endpoints", i, "address"], `${familyOf(vip)} as the VIP is`);
		}),
	)
	.transform(({ name, vip, port, protocol, endpoints, health }): Service => {
		const label = name ?? defaultLabel(vip, port, protocol);
		return { label, vip, port, protocol, endpoints, ...(health && { probe: health }) };
	});

export const services = listOf(service, 0, MAX_SERVICES).check(
	unique(
		({ vip, port, protocol }) => `service ${defaultLabel(vip, port, protocol)}`,
		"one of each VIP, port and protocol",
	),
);
