/** The lab's load balancer with other services than it began with. */
import type { Lab } from "../../../scripts/lab/lab.ts";
import { balancerRules } from "../../../scripts/lab/nat.ts";
import { inNetns, run } from "../../../scripts/lab/run.ts";
import { expandServices } from "../../../scripts/lab/services.ts";
import type { Service } from "../../../src/model/service.ts";
import type { Page } from "../page.ts";

/** In one transaction; connections that are open stay. */
export async function balance(lab: Lab, services: readonly Service[]): Promise<void> {
	const rules = `table inet lab\ndelete table inet lab\n${balancerRules(services, false)}`;
	await run(inNetns(lab.balancer.netns, ["nft", "-f", "-"]), rules);
}

/** A service before the lab's web servers. `endpoints`: their numbers. */
export function webService(label: string, port: number, endpoints: readonly number[]): Service {
	const plan = {
		name: label,
		protocol: "tcp",
		port,
		endpointPort: 8080,
		endpoints,
		behaviour: "answer",
	} as const;
	return expandServices([plan])[0] as Service;
}

/** One text for each service that the page knows: `VIP port protocol`. */
export function servicesOn(page: Page): string[] {
	const series = page.series("lbscope_service_info");
	return series.map(({ labels }) => `${labels.vip} ${labels.port} ${labels.protocol}`).sort();
}

export function namesOf(services: readonly Service[]): string[] {
	return services.map(({ vip, port, protocol }) => `${vip} ${port} ${protocol}`).sort();
}

export function endpointsOn(page: Page, service: string): string[] {
	const series = page.series("endpoint_traffic_bytes").filter(({ labels }) => labels.service === service);
	return series.map(({ labels }) => labels.dip ?? "").sort();
}
