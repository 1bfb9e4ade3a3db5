/** Which capabilities a run needs after its programs are loaded. Loading itself needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON. */
import {
	type Need,
	TO_ATTACH_FILTERS,
	TO_ENTER_NAMESPACES,
	TO_LOAD,
	TO_READ_NFTABLES,
	TO_TIME_PROGRAMS,
} from "../bpf/kernel-error.ts";
import type { Config } from "../config/config.ts";
import { countsLoxilb, readsNftables } from "./discovery-sources.ts";
import { namespacesOf } from "./namespaces.ts";

/** What only the machine can tell. */
export interface NodeFacts {
	/** A tcx link takes a loaded program and no right; a clsact filter takes CAP_NET_ADMIN. */
	readonly hasTcx: boolean;
	/** net.ipv4.ip_unprivileged_port_start */
	readonly firstFreePort: number;
	/** Whether a LoxiLB is seen on this node. */
	readonly hasLoxilb: boolean;
	/** Whether there is a file that can be read again. */
	readonly hasFile: boolean;
	/** Whether files are read that belong to others, as root may. */
	readonly readsFilesOfOthers: boolean;
}

/** While a change of the file is looked for, or may be asked for over HTTP: new limits and rules are programs loaded anew. */
const TO_LOAD_AGAIN = TO_LOAD.map(
	({ name }): Need => ({ name, purpose: "load programs anew after a reload" }),
);
/** Its program is loaded when the firewall is read for the first time. */
const TO_COUNT_DROPS = TO_LOAD.map(({ name }): Need => ({ name, purpose: "count what netfilter drops" }));
/** Its maps are opened anew at each read, for it may have made others. */
const TO_READ_LOXILB: readonly Need[] = [
	{ name: "CAP_SYS_ADMIN", purpose: "read the types of the maps of LoxiLB" },
	{ name: "CAP_SYS_PTRACE", purpose: "look into the container of LoxiLB" },
];
const TO_COUNT_LOXILB: readonly Need[] = [
	{ name: "CAP_BPF", purpose: "open the maps of LoxiLB" },
	...TO_READ_LOXILB,
];
const TO_LISTEN: Need = { name: "CAP_NET_BIND_SERVICE", purpose: "listen on a low port" };
const TO_READ_FILES: Need = { name: "CAP_DAC_READ_SEARCH", purpose: "read files of other users" };
/** Without it the kernel does not say what is attached to an interface there. */
const TO_ADOPT_LINKS: Need = {
	name: "CAP_NET_ADMIN",
	purpose: "find programs of the run before in other namespaces",
};

export function neededLater(config: Config, around: NodeFacts): Need[] {
	return config.source === "loxilb" ? neededToRead(config, around) : neededToCount(config, around);
}

function neededToRead({ listen }: Config, { firstFreePort }: NodeFacts): Need[] {
	return [...TO_READ_LOXILB, TO_READ_FILES, ...(listen.port < firstFreePort ? [TO_LISTEN] : [])];
}

function neededToCount(config: Config, around: NodeFacts): Need[] {
	const { firewall, interfaces, listen, reload, self } = config;
	const isElsewhere = interfaces !== "auto" && interfaces.some(({ netns }) => netns !== undefined);
	return [
		...(around.hasFile && (reload.watch || reload.http) ? TO_LOAD_AGAIN : []),
		...(firewall.host ? TO_COUNT_DROPS : []),
		...(around.hasTcx ? [] : TO_ATTACH_FILTERS),
		...(firewall.host || readsNftables(config) ? TO_READ_NFTABLES : []),
		...(readsLoxilb(config, around) ? TO_COUNT_LOXILB : []),
		...(isElsewhere ? [TO_ADOPT_LINKS] : []),
		...(namespacesOf(config).size > 0 ? TO_ENTER_NAMESPACES : []),
		...(self.programStats ? TO_TIME_PROGRAMS : []),
		...(listen.port < around.firstFreePort ? [TO_LISTEN] : []),
		...(around.readsFilesOfOthers ? [TO_READ_FILES] : []),
	];
}

/** Rights for one that may come are not kept: they are those that are best given up. */
function readsLoxilb(config: Config, { hasLoxilb }: NodeFacts): boolean {
	const counts = countsLoxilb(config);
	return counts === "auto" ? hasLoxilb : counts;
}
