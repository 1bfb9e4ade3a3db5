/** The interfaces, and whose tc programs run on them before and after those of lbscope. */
import { join } from "node:path";
import { LINKS } from "../bpf/attachment-pins.ts";
import { findInterfaces } from "../bpf/find-interfaces.ts";
import { pinnedPrograms, type RunningProgram, readPrograms } from "../bpf/programs-on.ts";
import type { Direction, Target } from "../bpf/target.ts";
import { type Fact, ok, type Patient, warn } from "./fact.ts";
import { targetsOf } from "./look-at.ts";

export function checkInterfaces({ config }: Patient): Fact[] {
	const { present, missing } = findInterfaces(config.interfaces);
	const absent = [...missing].map(([name, reason]) =>
		warn(`${name}: ${reason}`, "see its name; lbscope attaches when it comes"),
	);
	if (present.size === 0 && absent.length === 0)
		return [warn("there is no interface that is up", "bring one up; lbscope attaches when it comes")];
	const own = pinnedPrograms(join(config.pins.path, LINKS));
	const facts = targetsOf(config).flatMap((target) =>
		(["ingress", "egress"] as const).flatMap((direction) =>
			orderFact(target, direction, readPrograms(target, direction, own)),
		),
	);
	const quiet = `${[...present.keys()].slice(0, MOST_NAMES).join(", ")}${present.size > MOST_NAMES ? ", ..." : ""}`;
	const alone = facts.length === 0 && present.size > 0 ? [ok(`${quiet}: no tc programs of others`)] : [];
	return [...absent, ...alone, ...facts];
}

/** A node may have thousands. */
const MOST_NAMES = 8;

/** None where nobody else has anything. `programs`: in the order in which they run. */
export function orderFact(
	{ name }: Pick<Target, "name">,
	direction: Direction,
	programs: readonly RunningProgram[],
): Fact[] {
	if (programs.every(({ isOurs }) => isOurs)) return [];
	const order = `${name} ${direction}: ${programs.map(textOf).join(" -> ")}`;
	const own = programs.findIndex(({ isOurs }) => isOurs);
	const isFirst = programs.slice(0, own).every(({ isOurs }) => isOurs);
	const isLast = programs.slice(own).every(({ isOurs }) => isOurs);
	if (direction === "ingress" && own >= 0 && !isFirst)
		return [
			warn(`${order}; what the first drops or redirects is not counted`, "start lbscope after the others"),
		];
	if (direction === "egress" && own >= 0 && !isLast)
		return [warn(`${order}; what the last drops or rewrites is counted as it was before`, AFTER_US)];
	if (direction === "egress" && programs.some(({ by, isOurs }) => by === "clsact" && !isOurs))
		return [warn(`${order}; clsact filters run after tcx, so after lbscope`, AFTER_US)];
	return [ok(`${order}${own < 0 ? `; lbscope will be ${direction === "ingress" ? "first" : "last"}` : ""}`)];
}

const AFTER_US = "compare the counts with those of the interface if they drop or rewrite packets of services";

function textOf({ by, name, isOurs }: RunningProgram): string {
	return isOurs ? "lbscope" : `${name} (${by})`;
}
