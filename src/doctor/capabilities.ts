/** What this process may do: `lbscope doctor` is to be run as the exporter will be. */
import { missingCapabilities, type Need, TO_LOAD } from "../bpf/kernel-error.ts";
import { type Fact, fail, ok, type Patient } from "./fact.ts";

const TODO = "see docs/doctor.md, and run doctor as the exporter runs";

export function checkCapabilities({ needs }: Patient): Fact[] {
	const later = needs.filter(({ name }) => !TO_LOAD.some((need) => need.name === name));
	return [...TO_LOAD, ...later].map(factOf);
}

function factOf(need: Need): Fact {
	const text = `${need.name} (to ${need.purpose})`;
	return missingCapabilities([need]).length === 0 ? ok(text) : fail(`missing ${text}`, TODO);
}
