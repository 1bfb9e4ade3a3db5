import { PROTOCOLS, type Protocol } from "../model/service.ts";
import { type FamilyWithoutSection, inSection } from "./family.ts";

const ACTIVE_MEANS: Readonly<Record<Protocol, string>> = {
	tcp: "handshake complete, neither reset nor closed",
	udp: "a packet within the idle timeout",
	sctp: "association up",
};

export const CONNECTIONS = inSection("Connections", [
	{
		name: "active_conntrack_count",
		type: "gauge",
		labels: [],
		aliases: { loxilb: "loxilb_active_conntrack_entries", loxilb_legacy: "active_conntrack_count" },
		help: "Load-balanced flows active now: the sum of the three protocols.",
		samples({ dataPath }, emit) {
			if (dataPath === undefined) return;
			const { tcp, udp, sctp } = dataPath.flows.active;
			emit(tcp + udp + sctp);
		},
	},
	...PROTOCOLS.map(activeFlows),
	{
		name: "inactive_flow_count",
		type: "gauge",
		labels: [],
		aliases: { loxilb_legacy: "inactive_flow_count" },
		help: "Flows in the table that are not active: half-open, closing, or closed and not yet removed.",
		samples: ({ dataPath }, emit) => emit(dataPath?.flows.inactive),
	},
	{
		name: "new_flow_count",
		type: "gauge",
		labels: [],
		aliases: { loxilb: "loxilb_new_flows", loxilb_legacy: "new_flow_count" },
		help: "Flows created between the last two polls, also those that ended between them.",
		samples: ({ dataPath }, emit) => emit(dataPath?.newFlows),
	},
]);

function activeFlows(protocol: Protocol): FamilyWithoutSection {
	return {
		name: `active_flow_count_${protocol}`,
		type: "gauge",
		labels: [],
		aliases: {
			loxilb: `loxilb_active_flow_count_${protocol}`,
			loxilb_legacy: `active_flow_count_${protocol}`,
		},
		help: `${protocol.toUpperCase()} flows active now: ${ACTIVE_MEANS[protocol]}.`,
		samples: ({ dataPath }, emit) => emit(dataPath?.flows.active[protocol]),
	};
}
