import { inSection } from "./family.ts";

export const ENDPOINT_HEALTH = inSection("Endpoint health", [
	{
		name: "healthy_endpoints_count",
		type: "gauge",
		labels: [],
		aliases: { loxilb: "loxilb_healthy_endpoints", loxilb_legacy: "healthy_host_count" },
		help: "Endpoints whose last verdict is healthy; one address, port and protocol is one endpoint.",
		samples: ({ health }, emit) => emit(health?.filter(({ healthy }) => healthy === true).length),
	},
	{
		name: "unhealthy_endpoints_count",
		type: "gauge",
		labels: [],
		aliases: { loxilb: "loxilb_unhealthy_endpoints", loxilb_legacy: "unhealthy_host_count" },
		help: "Endpoints whose last verdict is unhealthy; an endpoint without a verdict yet is in neither count.",
		samples: ({ health }, emit) => emit(health?.filter(({ healthy }) => healthy === false).length),
	},
]);
