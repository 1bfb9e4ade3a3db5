/** The sources of services that a configuration asks for. */
import { networkInterfaces } from "node:os";
import type {
	Config,
	Discovery as DiscoveryConfig,
	Enabled,
	KubernetesSource,
	LoxilbSource,
} from "../config/config.ts";
import type { Discovery } from "../discovery/discovery.ts";
import { discoverIpvs } from "../discovery/ipvs.ts";
import { type ApiServer, findApiServer } from "../discovery/kubernetes/api-server.ts";
import { KubernetesDiscovery } from "../discovery/kubernetes/kubernetes.ts";
import { findLoxilb, watchForLoxilb } from "../discovery/loxilb/find-loxilb.ts";
import { discoverLoxilb } from "../discovery/loxilb/loxilb.ts";
import { discoverNftables } from "../discovery/nftables/nftables.ts";
import { staticServices } from "../discovery/static.ts";

/**
 * In the order in which they are believed: what the operator wrote goes before what has names, and that before what has
 * only addresses. `skipped`: what a source leaves out, each reason once.
 * @throws when Kubernetes is asked for and not to be found
 */
export function discoverySources(
	{ services, discovery }: Wanted,
	skipped: (source: string, reason: string) => void,
): Discovery[] {
	const isOn = (enabled: Enabled) => isAsked({ services, discovery }, enabled);
	const skip = (source: string) => ({ skipped: (reason: string) => skipped(source, reason) });
	const { kubernetes, loxilb, ipvs, nftables } = discovery;
	const server = isOn(kubernetes.enabled) ? placeOf(kubernetes) : undefined;
	return [
		...(services.length > 0 ? [staticServices(services)] : []),
		...(server ? [discoverKubernetes(kubernetes, server, skip("kubernetes"))] : []),
		...(isOn(loxilb.enabled) ? [discoverLoxilb({ ...loxilb, ...skip("loxilb"), ...hereOf(loxilb) })] : []),
		...(isOn(ipvs.enabled) ? [discoverIpvs({ ...ipvs, ...skip("ipvs") })] : []),
		...(isOn(nftables.enabled) ? [discoverNftables({ ...nftables, ...skip("nftables") })] : []),
	];
}

type Wanted = Pick<Config, "services" | "discovery">;

/** `auto`: when nothing else says where services are. */
function isAsked({ services, discovery }: Wanted, enabled: Enabled): boolean {
	const isAlone =
		services.length === 0 && !Object.values(discovery).some((source) => source.enabled === true);
	return enabled === "auto" ? isAlone : enabled;
}

/** One that is asked for is there, whatever can be seen of it: it may run on another node. */
function hereOf({ enabled }: LoxilbSource): { readonly isHere?: () => Promise<boolean> } {
	return enabled === "auto" ? { isHere: watchForLoxilb() } : {};
}

/** Whether what its firewall drops is counted. `auto`: where it is a source of services, as far as it can be seen. */
export function countsLoxilb(config: Wanted & Pick<Config, "firewall">): Enabled {
	const { loxilb } = config.firewall;
	if (loxilb !== "auto") return loxilb;
	return isAsked(config, config.discovery.loxilb.enabled) ? loxilb : false;
}

/** In a line, what was found without being asked for; undefined when it is not looked for. */
export function describeLoxilb(config: Wanted): Record<string, string> | undefined {
	const { enabled, url } = config.discovery.loxilb;
	if (enabled !== "auto" || !isAsked(config, enabled)) return undefined;
	const { pids = [], pins = "none" } = findLoxilb() ?? {};
	return { processes: pids.join(",") || "none", pins, api: url };
}

export function readsNftables(config: Wanted): boolean {
	return isAsked(config, config.discovery.nftables.enabled);
}

/** Files of network namespaces that have to be there. */
export function namespacesOfSources({ ipvs, nftables }: DiscoveryConfig): (string | undefined)[] {
	return [ipvs, nftables].map(({ enabled, netns }) => (enabled === false ? undefined : netns));
}

function placeOf({ enabled, server, tokenFile, caFile }: KubernetesSource): ApiServer | undefined {
	const pod = findApiServer(process.env);
	const place = server ?? pod;
	const [token, ca] = [tokenFile ?? pod?.tokenFile, caFile ?? pod?.caFile];
	if (place && token && ca) return { host: place.host, port: place.port, tokenFile: token, caFile: ca };
	if (enabled === "auto") return undefined;
	throw new Error(
		"Cannot find services in Kubernetes: this is no pod, expected discovery.kubernetes with server, token_file and ca_file",
	);
}

function discoverKubernetes(
	{ namespaces, labelSelector, nodeAddresses }: KubernetesSource,
	server: ApiServer,
	skip: { readonly skipped: (reason: string) => void },
): Discovery {
	const addresses = nodeAddresses ? () => nodeAddresses : ownAddresses;
	return new KubernetesDiscovery({ server, namespaces, labelSelector, nodeAddresses: addresses, ...skip });
}

/** kube-proxy's IPVS mode puts the address of every service there. */
const DEVICE_OF_VIPS = "kube-ipvs0";

function ownAddresses(): string[] {
	return Object.entries(networkInterfaces()).flatMap(([device, addresses = []]) =>
		addresses
			.filter(({ internal, address }) => !internal && device !== DEVICE_OF_VIPS && !isLinkLocal(address))
			.map(({ address }) => address),
	);
}

function isLinkLocal(address: string): boolean {
	return address.startsWith("fe80:") || address.startsWith("169.254.");
}
