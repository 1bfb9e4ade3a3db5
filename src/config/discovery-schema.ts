import { listOf, mapping, unique } from "./collections.ts";
import type { ApiServerPlace, Discovery } from "./config.ts";
import { absolutePath, duration, hostAddress, netnsPath, scalar, text, trueFalseOrAuto } from "./scalars.ts";

const MAX_NAMESPACES = 1_000;
const MAX_ADDRESSES = 64;

/** A section that is there is meant, unless it says otherwise. */
const enabled = trueFalseOrAuto.prefault(true);

const namespace = text("the name of a Kubernetes namespace", (name) =>
	/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name),
);

const labelSelector = text('a selector as kubectl takes it, such as "app=shop,tier!=test"', (selector) =>
	/^[\w ./,=!()-]{0,1000}$/.test(selector),
);

const serverPlace = scalar((value, refuse): ApiServerPlace => {
	const found = typeof value === "string" ? /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(value) : null;
	const [, ipv6, host = ipv6, port] = found ?? [];
	if (host !== undefined && Number(port) >= 1 && Number(port) <= 65535) return { host, port: Number(port) };
	return refuse('a host and a port such as "10.96.0.1:443" or "[fd00::1]:443"');
});

/** Where node ports are served: `auto` is what this network namespace has. */
const nodeAddresses = listOf(hostAddress, 1, MAX_ADDRESSES).check(unique((address) => address, "each once"));

const kubernetes = mapping({
	enabled,
	namespaces: listOf(namespace, 0, MAX_NAMESPACES)
		.check(unique((name) => `namespace ${name}`, "each once"))
		.prefault([]),
	label_selector: labelSelector.prefault(""),
	node_addresses: nodeAddresses.optional(),
	server: serverPlace.optional(),
	token_file: absolutePath.optional(),
	ca_file: absolutePath.optional(),
}).transform((section) => ({
	enabled: section.enabled,
	namespaces: section.namespaces,
	labelSelector: section.label_selector,
	nodeAddresses: section.node_addresses,
	server: section.server,
	tokenFile: section.token_file,
	caFile: section.ca_file,
}));

const ofKernel = mapping({
	enabled,
	netns: netnsPath.optional(),
	interval: duration("100ms", "1h").prefault("5s"),
}).transform(({ enabled, netns, interval: intervalMs }) => ({ enabled, netns, intervalMs }));

const apiUrl = text("the URL of LoxiLB's API without a path, such as http://127.0.0.1:11111", (url) => {
	return /^https?:\/\/[^\s/?#@]+$/.test(url) && URL.canParse(url);
});

/** As HTTP allows it. */
const authorization = text("the value of an HTTP header", (value) =>
	/^[\x21-\x7e]([ -~]{0,4094}[\x21-\x7e])?$/.test(value),
);

const loxilb = mapping({
	enabled,
	url: apiUrl.prefault("http://127.0.0.1:11111"),
	authorization: authorization.optional(),
	interval: duration("100ms", "1h").prefault("10s"),
	timeout: duration("100ms", "1h").prefault("5s"),
}).transform(({ enabled, url, authorization, interval, timeout }) => {
	return { enabled, url, authorization, intervalMs: interval, timeoutMs: timeout };
});

export const discovery = mapping({
	kubernetes: kubernetes.prefault({ enabled: "auto" }),
	loxilb: loxilb.prefault({ enabled: "auto" }),
	ipvs: ofKernel.prefault({ enabled: "auto" }),
	nftables: ofKernel.prefault({ enabled: "auto" }),
}).transform((sources): Discovery => sources);
