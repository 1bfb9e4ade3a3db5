/** Objects as the API server has them. */
export interface KubeObject {
	readonly metadata: {
		readonly namespace?: string;
		readonly name?: string;
		readonly labels?: Readonly<Record<string, string>>;
		readonly [more: string]: unknown;
	};
	readonly [more: string]: unknown;
}

export function keyOf({ metadata }: KubeObject): string {
	const { namespace, name }: { namespace?: unknown; name?: unknown } = metadata;
	return [namespace, name].map((part) => (typeof part === "string" ? part : JSON.stringify(part))).join("/");
}

/** Whether the namespace of the path and the label selector let it pass. */
export function matches({ metadata }: KubeObject, url: URL): boolean {
	const namespace = /\/namespaces\/([^/]+)/.exec(url.pathname)?.[1];
	if (namespace !== undefined && namespace !== metadata.namespace) return false;
	const selector = url.searchParams.get("labelSelector");
	return !selector || selector.split(",").every((part) => meets(metadata.labels ?? {}, part));
}

/** `label`, `!label` or `label=value`. */
function meets(labels: Readonly<Record<string, string>>, part: string): boolean {
	const [label = "", value] = part.split("=");
	if (label.startsWith("!")) return labels[label.slice(1)] === undefined;
	return value === undefined ? labels[label] !== undefined : labels[label] === value;
}

export interface Port {
	readonly name?: string;
	readonly port: number;
	readonly protocol?: string;
	readonly nodePort?: number;
}

const HTTP: Port = { port: 80, protocol: "TCP" };

/** What the server fills in by itself is left out, unless it matters. */
export function service(
	key: string,
	clusterIP: string,
	{
		ports = [HTTP],
		labels = {},
		...spec
	}: { ports?: readonly Port[]; labels?: Record<string, string>; [more: string]: unknown } = {},
): KubeObject {
	const [namespace = "", name = ""] = key.split("/");
	return {
		metadata: { namespace, name, labels, uid: `uid-of-${name}` },
		spec: { type: "ClusterIP", clusterIP, clusterIPs: [clusterIP], ports, ...spec },
		status: { loadBalancer: {} },
	};
}

export interface Conditions {
	readonly ready?: boolean;
	readonly serving?: boolean;
	readonly terminating?: boolean;
}

export const READY: Conditions = { ready: true, serving: true, terminating: false };

/** A slice `key-suffix` of the service `key`, its endpoints by address. */
export function slice(
	key: string,
	suffix: string,
	endpoints: Readonly<Record<string, Conditions>>,
	ports: readonly Port[] = [{ name: "", port: 8080, protocol: "TCP" }],
): KubeObject {
	const [namespace = "", name = ""] = key.split("/");
	const isIPv6 = Object.keys(endpoints)[0]?.includes(":");
	return {
		metadata: { namespace, name: `${name}-${suffix}`, labels: { "kubernetes.io/service-name": name } },
		addressType: isIPv6 ? "IPv6" : "IPv4",
		endpoints: Object.entries(endpoints).map(([address, conditions]) => ({
			addresses: [address],
			conditions,
		})),
		ports,
	};
}
