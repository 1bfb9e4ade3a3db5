/** All checks in order: one that cannot be done is a finding, and keeps none of the others from being done. */
import { checkBpffs } from "./bpffs.ts";
import { checkCapabilities } from "./capabilities.ts";
import { checkClock } from "./clock.ts";
import { checkExporter } from "./exporter.ts";
import type { Check, Fact, Patient } from "./fact.ts";
import { checkFlowtables } from "./flowtables.ts";
import { checkInterfaces } from "./interfaces.ts";
import { checkKernel } from "./kernel.ts";
import { checkLibraries } from "./libraries.ts";
import { checkLoxilb } from "./loxilb.ts";
import { checkMemory } from "./memory.ts";
import { checkOffloads } from "./offloads.ts";
import { checkPort } from "./port.ts";
import { checkPrograms } from "./programs.ts";

export interface Finding extends Fact {
	readonly check: string;
}

const CHECKS: Readonly<Record<string, Check>> = {
	kernel: checkKernel,
	libraries: checkLibraries,
	capabilities: checkCapabilities,
	programs: checkPrograms,
	bpffs: checkBpffs,
	exporter: checkExporter,
	memory: checkMemory,
	interfaces: checkInterfaces,
	offloads: checkOffloads,
	flowtables: checkFlowtables,
	clock: checkClock,
	port: checkPort,
};

/** Where LoxiLB's maps are read, nothing is loaded, attached or pinned. */
const READING_CHECKS: Readonly<Record<string, Check>> = {
	libraries: checkLibraries,
	loxilb: checkLoxilb,
	clock: checkClock,
	port: checkPort,
};

export async function examine(patient: Patient): Promise<Finding[]> {
	const findings: Finding[] = [];
	const checks = patient.config.source === "loxilb" ? READING_CHECKS : CHECKS;
	for (const [check, look] of Object.entries(checks)) {
		for (const fact of await lookOrFail(look, patient)) findings.push({ check, ...fact });
	}
	return findings;
}

async function lookOrFail(look: Check, patient: Patient): Promise<readonly Fact[]> {
	try {
		return await look(patient);
	} catch (error) {
		return [{ status: "fail", text: (error as Error).message }];
	}
}
