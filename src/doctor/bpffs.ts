/** Where pins would lie. */
import { existsSync } from "node:fs";
import { whyNoPins } from "../bpf/pins.ts";
import { type Fact, ok, type Patient, warn } from "./fact.ts";

export function checkBpffs({ config: { pins } }: Patient): Fact[] {
	if (!pins.enabled) return [warn("pins.enabled is false: counts begin anew with each run", "enable pins")];
	const reason = whyNoPins(pins.path);
	if (reason !== undefined) return [warn(`counts begin anew with each run: ${reason}`, "as it says")];
	const state = existsSync(pins.path) ? "pins of this user are in it" : "it is made at the first run";
	return [ok(`${pins.path} is on a bpffs that user ${process.geteuid?.()} may write: ${state}`)];
}
