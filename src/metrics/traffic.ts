import { PROTOCOLS, type Protocol } from "../model/service.ts";
import type { Traffic } from "../model/snapshot.ts";
import { type FamilyWithoutSection, inSection } from "./family.ts";

type Unit = keyof Traffic;

const UNIT_MEANS: Readonly<Record<Unit, string>> = {
	bytes: "bytes on the wire from the IP header onward, both directions",
	packets: "packets on the wire, both directions, offloaded ones by their segments",
};

export const TRAFFIC = inSection("Traffic", [
	processedTotal("bytes"),
	...PROTOCOLS.map((protocol) => processedBy(protocol, "bytes")),
	processedTotal("packets"),
	...PROTOCOLS.map((protocol) => processedBy(protocol, "packets")),
]);

function processedTotal(unit: Unit): FamilyWithoutSection {
	return {
		name: `processed_${unit}_total`,
		type: "counter",
		labels: [],
		aliases: { loxilb: `loxilb_processed_${unit}_total`, loxilb_legacy: `processed_${unit}` },
		help: `Load-balanced ${UNIT_MEANS[unit]}: the sum of the three protocols.`,
		samples({ dataPath }, emit) {
			if (dataPath === undefined) return;
			const { tcp, udp, sctp } = dataPath.processed;
			emit(tcp[unit] + udp[unit] + sctp[unit]);
		},
	};
}

function processedBy(protocol: Protocol, unit: Unit): FamilyWithoutSection {
	return {
		name: `processed_${protocol}_${unit}`,
		type: "counter",
		labels: [],
		aliases: {
			loxilb: `loxilb_processed_${protocol}_${unit}_total`,
			// Its releases had no packets by protocol.
			...(unit === "bytes" && { loxilb_legacy: `processed_${protocol}_bytes` }),
		},
		help: `Load-balanced ${protocol.toUpperCase()} ${UNIT_MEANS[unit]}.`,
		samples: ({ dataPath }, emit) => emit(dataPath?.processed[protocol][unit]),
	};
}
