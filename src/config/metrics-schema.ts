import { listOf, mapping, unique } from "./collections.ts";
import { CLIENT_SERIES_NAMES, NAME_SETS } from "./config.ts";
import { oneOf } from "./scalars.ts";

const NAMES = [...NAME_SETS, ...CLIENT_SERIES_NAMES];

export const metrics = mapping({
	names: listOf(oneOf(NAMES), 1, NAMES.length)
		.check(unique((name) => name, "each once"))
		.prefault(["contract"]),
});
