/** What only the node can tell of the rights that a run needs. */
import { readFileSync } from "node:fs";
import { hasTcx } from "../bpf/tcx-programs.ts";
import type { NodeFacts } from "./needed-later.ts";

export function readNodeFacts(): Pick<NodeFacts, "hasTcx" | "firstFreePort"> {
	const firstFreePort = Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8"));
	return { hasTcx: hasTcx(), firstFreePort };
}
