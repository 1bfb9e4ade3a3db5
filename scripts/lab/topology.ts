/** Builds the planned network: namespaces, links, addresses, routes. Only `netns add` acts outside the namespaces. */
import { BRIDGE, type Netns, namespacesOf, type Plan, SITE_DEVICE, type Site, sitesOf } from "./plan.ts";
import { inNetns, run } from "./run.ts";
import { VIPS } from "./services.ts";

export async function buildTopology(plan: Plan): Promise<void> {
	await run(["ip", "-batch", "-"], lines(createLinks(plan)));
	await inside(plan.balancer.netns, balancerScript(plan));
	await Promise.all(sitesOf(plan).map((site) => inside(site.netns, siteScript(site, plan.offloads))));
}

/** The link of a site that has lost it, as it was. Not for ports of a bridge. */
export async function rebuildLink(plan: Plan, site: Site): Promise<void> {
	await run(["ip", "-batch", "-"], lines([createLink(plan, site)]));
	const near = [`link set ${site.port} up`, ...balancerAddresses(site, site.port)];
	await inside(
		plan.balancer.netns,
		lines([...quietSysctls(site.port), offloadCommand(site.port, plan.offloads), ipBatch(near)]),
	);
	await inside(site.netns, siteScript(site, plan.offloads));
}

/** Moves the addresses of a link to devices that lie on its ends, or have come in their place. */
export async function moveAddresses(
	balancer: Netns,
	site: Site,
	to: { readonly port: string; readonly device: string },
): Promise<void> {
	const near = [`addr flush dev ${site.port}`, `link set ${to.port} up`, ...balancerAddresses(site, to.port)];
	await inside(balancer.netns, lines([...quietSysctls(to.port), ipBatch(near)]));
	const far = [
		`addr flush dev ${SITE_DEVICE}`,
		`link set ${to.device} up`,
		...siteAddresses(site, to.device),
	];
	// A route of IPv6 by a gateway stays when the addresses go.
	const clear = `ip -6 route flush dev ${SITE_DEVICE}`;
	await inside(site.netns, lines([...quietSysctls(to.device), clear, ipBatch(far)]));
}

function createLinks(plan: Plan): string[] {
	const links = sitesOf(plan).map((site) => createLink(plan, site));
	return [...namespacesOf(plan).map(({ netns }) => `netns add ${netns}`), ...links];
}

function createLink(plan: Plan, site: Site): string {
	const near = `${site.port} netns ${plan.balancer.netns} address ${portMac(site, plan)}`;
	return `link add ${near} type veth peer name ${SITE_DEVICE} netns ${site.netns} address ${site.mac}`;
}

/** A bridge port needs a MAC other than that of its bridge. */
function portMac(site: Site, plan: Plan): string {
	return isBridged(site, plan) ? site.mac.replace(/^02/, "06") : site.gatewayMac;
}

function isBridged(site: Site, plan: Plan): boolean {
	return plan.bridge !== undefined && plan.clients.includes(site);
}

function balancerScript(plan: Plan): string {
	const sites = sitesOf(plan);
	const bridge = plan.bridge ? [`link add ${BRIDGE} address ${plan.clients[0]?.gatewayMac} type bridge`] : [];
	const ports = sites.map((site) => site.port);
	const devices = plan.bridge ? [...ports, BRIDGE] : ports;
	return lines([
		// Nothing loads them for a setting under /proc/sys; where they are part of the kernel there is nothing to load.
		`modprobe --quiet --all nf_conntrack ${plan.bridge ? "br_netfilter" : ""} 2>/dev/null || :`,
		ipBatch(bridge),
		...balancerSysctls(plan),
		...devices.flatMap(quietSysctls),
		...ports.map((port) => offloadCommand(port, plan.offloads)),
		// The VIPs are local addresses, as kube-proxy's are: a port without a service gets RST, not a route.
		ipBatch([
			"link set lo up",
			`addr add ${VIPS[4]}/32 dev lo`,
			`addr add ${VIPS[6]}/128 dev lo nodad`,
			...sites
				.filter((site) => isBridged(site, plan))
				.map((site) => `link set ${site.port} master ${BRIDGE}`),
			...devices.map((device) => `link set ${device} up`),
			...sites.flatMap((site) => balancerAddresses(site, isBridged(site, plan) ? BRIDGE : site.port)),
		]),
		// Without this a frame to a client that has been silent floods to the ports of all clients.
		...sites
			.filter((site) => isBridged(site, plan))
			.map((site) => `bridge fdb replace ${site.mac} dev ${site.port} master static`),
	]);
}

function balancerSysctls(plan: Plan): string[] {
	const calls = plan.bridge?.netfilter ? 1 : 0;
	return [
		sysctl("net/ipv4/ip_forward", 1),
		sysctl("net/ipv6/conf/all/forwarding", 1),
		sysctl("net/netfilter/nf_conntrack_acct", 1),
		...(plan.bridge
			? ["iptables", "ip6tables"].map((kind) => sysctl(`net/bridge/bridge-nf-call-${kind}`, calls))
			: []),
	];
}

function balancerAddresses(site: Site, device: string): string[] {
	return [
		`addr add ${site.gateway[4]}/24 dev ${device}`,
		`addr add ${site.gateway[6]}/64 dev ${device} nodad`,
		...neighbours(site.address[4], site.address[6], site.mac, device),
	];
}

function siteScript(site: Site, offloads: "on" | "off"): string {
	return lines([
		...quietSysctls(SITE_DEVICE),
		offloadCommand(SITE_DEVICE, offloads),
		ipBatch(["link set lo up", `link set ${SITE_DEVICE} up`, ...siteAddresses(site, SITE_DEVICE)]),
	]);
}

function siteAddresses(site: Site, device: string): string[] {
	return [
		`addr add ${site.address[4]}/24 dev ${device}`,
		`addr add ${site.address[6]}/64 dev ${device} nodad`,
		`route add default via ${site.gateway[4]}`,
		`route add default via ${site.gateway[6]}`,
		...neighbours(site.gateway[4], site.gateway[6], site.gatewayMac, device),
	];
}

/** Permanent neighbours: interface counters then hold IP traffic alone, no ARP and no neighbour discovery. */
function neighbours(v4: string, v6: string, mac: string, device: string): string[] {
	return [v4, v6].map((address) => `neigh replace ${address} lladdr ${mac} dev ${device} nud permanent`);
}

/**
 * Links that carry only what a test sends: no link-local address, no router solicitation, and the multicast reports
 * (IGMP, MLD) within milliseconds instead of seconds later.
 */
function quietSysctls(device: string): string[] {
	const v6 = `net/ipv6/conf/${device}`;
	return [
		sysctl(`${v6}/addr_gen_mode`, 1),
		sysctl(`${v6}/accept_ra`, 0),
		sysctl(`${v6}/accept_dad`, 0),
		sysctl(`${v6}/mldv2_unsolicited_report_interval`, 1),
		sysctl(`net/ipv4/conf/${device}/igmpv3_unsolicited_report_interval`, 1),
	];
}

function offloadCommand(device: string, offloads: "on" | "off"): string {
	const features = ["tso", "gso", "gro", "tx", "rx"].map((feature) => `${feature} ${offloads}`);
	return `ethtool -K ${device} ${features.join(" ")} >/dev/null`;
}

/** Written by hand rather than with sysctl(8): /proc/sys/net shows the writer's own namespace, and procps may be missing. */
function sysctl(path: string, value: number): string {
	return `echo ${value} > /proc/sys/${path}`;
}

function ipBatch(commands: readonly string[]): string {
	return commands.length === 0 ? ":" : lines(["ip -batch - <<'END'", ...commands, "END"]);
}

function inside(netns: string, script: string): Promise<string> {
	return run(inNetns(netns, ["sh", "-e"]), script);
}

function lines(commands: readonly string[]): string {
	return `${commands.join("\n")}\n`;
}
