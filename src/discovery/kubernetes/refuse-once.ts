/** Says what is left out: once per kind of field, for a broken server could send any number of them. */
import { printable } from "./api-error.ts";
import type { Refuse } from "./fields.ts";

export function refuseOnce(say: (reason: string) => void): Refuse {
	const said = new Set<string>();
	return (field, value, expected) => {
		if (said.has(field)) return undefined;
		said.add(field);
		say(`Cannot use the ${field}: it is ${printable(JSON.stringify(value))}, expected ${expected}`);
		return undefined;
	};
}
