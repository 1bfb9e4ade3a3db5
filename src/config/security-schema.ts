import { mapping } from "./collections.ts";
import { DROP_CAPABILITIES, type Security } from "./config.ts";
import { oneOf } from "./scalars.ts";

export const security = mapping({ drop_capabilities: oneOf(DROP_CAPABILITIES).prefault("auto") }).transform(
	({ drop_capabilities: dropCapabilities }): Security => ({ dropCapabilities }),
);
