/** A Config as the file that says it all: parseConfig() reads the same Config back. */
import { stringify } from "yaml";
import { hostPort } from "../model/address.ts";
import type { Probe } from "../model/probe.ts";
import type { Service } from "../model/service.ts";
import type {
	Config,
	Discovery,
	FirewallRule,
	HealthChecks,
	Interface,
	KernelSource,
	Limits,
	Listen,
	PortRange,
	Timeouts,
	Web,
} from "./config.ts";
import { formatDuration } from "./duration.ts";
import { IP_PROTOCOLS } from "./firewall-schema.ts";
import { formatPrefix } from "./prefix.ts";

export function printConfig(config: Config): string {
	const { listen, interfaces } = config;
	const file = {
		listen: listenSection(listen),
		web: webSection(config.web),
		metrics: { names: [...config.metrics.names] },
		poll: { interval: formatDuration(config.poll.intervalMs) },
		source: config.source,
		loxilb: config.loxilb.pins === undefined ? undefined : { pins: config.loxilb.pins },
		interfaces: interfaces === "auto" ? interfaces : interfaces.map(interfaceItem),
		services: config.services.map(serviceItem),
		discovery: discoverySection(config.discovery),
		health: healthSection(config.health),
		firewall: { ...config.firewall, rules: config.firewall.rules.map(ruleItem) },
		limits: limitsSection(config.limits),
		timeouts: timeoutsSection(config.timeouts),
		pins: { ...config.pins },
		reload: { ...config.reload },
		self: { program_stats: config.self.programStats },
		system: { ...config.system },
		security: { drop_capabilities: config.security.dropCapabilities },
		log: { ...config.log },
	};
	// Neither folded lines nor anchors: what repeats is written again, since parseConfig() refuses aliases.
	return stringify(file, { lineWidth: 0, aliasDuplicateObjects: false });
}

function listenSection({ address: host = "", port, paths }: Listen) {
	const address = hostPort(host, port);
	return paths.length === 0 ? address : { address, paths };
}

/** Without a file it says nothing. */
function webSection({ configFile, bearerTokensFile }: Web) {
	if (configFile === undefined && bearerTokensFile === undefined) return undefined;
	return { config_file: configFile, bearer_tokens_file: bearerTokensFile };
}

function interfaceItem({ name, netns }: Interface) {
	return netns === undefined ? name : { name, netns };
}

function serviceItem({ label, vip, port, protocol, endpoints, probe }: Service) {
	return {
		name: label,
		vip,
		port,
		protocol,
		endpoints: endpoints.map(({ address, port }) => ({ address, port })),
		health: probe && probeItem(probe),
	};
}

function probeItem(probe: Probe) {
	if (probe.type === "tcp" || probe.type === "none") return { type: probe.type };
	const { type, path, host } = probe;
	const request = { type, path, status: probe.status.map(portItem), host };
	if (probe.type === "http") return request;
	const { serverName: server_name, skipVerify: skip_verify, caFile: ca_file } = probe;
	return { ...request, server_name, skip_verify, ca_file };
}

function discoverySection({ kubernetes, loxilb, ipvs, nftables }: Discovery) {
	const { server } = kubernetes;
	return {
		kubernetes: {
			enabled: kubernetes.enabled,
			namespaces: kubernetes.namespaces,
			label_selector: kubernetes.labelSelector,
			node_addresses: kubernetes.nodeAddresses,
			server: server && hostPort(server.host, server.port),
			token_file: kubernetes.tokenFile,
			ca_file: kubernetes.caFile,
		},
		loxilb: {
			enabled: loxilb.enabled,
			url: loxilb.url,
			authorization: loxilb.authorization,
			interval: formatDuration(loxilb.intervalMs),
			timeout: formatDuration(loxilb.timeoutMs),
		},
		ipvs: kernelSection(ipvs),
		nftables: kernelSection(nftables),
	};
}

function kernelSection({ enabled, netns, intervalMs }: KernelSource) {
	return { enabled, netns, interval: formatDuration(intervalMs) };
}

function healthSection(health: HealthChecks) {
	const { enabled, source, intervalMs, timeoutMs, rise, fall, concurrency, netns } = health;
	const [interval, timeout] = [formatDuration(intervalMs), formatDuration(timeoutMs)];
	const probe = probeItem(health.probe);
	return { enabled, source, probe, interval, timeout, rise, fall, concurrency, netns };
}

/** What matches anything is left out: that is how a rule says any. */
function ruleItem({ name, action, source, destination, protocol, ports }: FirewallRule) {
	return {
		name,
		action,
		source: unlessEmpty(source.map(formatPrefix)),
		destination: unlessEmpty(destination.map(formatPrefix)),
		protocol: protocolName(protocol),
		ports: unlessEmpty(ports.map(portItem)),
	};
}

function protocolName(protocol: number | undefined) {
	const [name] = Object.entries(IP_PROTOCOLS).find(([, number]) => number === protocol) ?? [];
	return name ?? protocol;
}

/** Of a status, too. */
function portItem({ first, last }: PortRange) {
	return first === last ? first : `${first}-${last}`;
}

function unlessEmpty<T>(list: readonly T[]) {
	return list.length === 0 ? undefined : list;
}

function limitsSection({ flows, pairs, services, pairIdleMs, clientPrefix }: Limits) {
	const { ipv4, ipv6 } = clientPrefix;
	return { flows, pairs, services, pair_idle: formatDuration(pairIdleMs), client_prefix: { ipv4, ipv6 } };
}

function timeoutsSection(timeouts: Timeouts) {
	return {
		tcp_handshake: formatDuration(timeouts.tcpHandshakeMs),
		tcp_established: formatDuration(timeouts.tcpEstablishedMs),
		tcp_closing: formatDuration(timeouts.tcpClosingMs),
		udp: formatDuration(timeouts.udpMs),
		sctp: formatDuration(timeouts.sctpMs),
	};
}
