import { mapping } from "./collections.ts";
import { trueOrFalse } from "./scalars.ts";

export const reload = mapping({ watch: trueOrFalse.prefault(true), http: trueOrFalse.prefault(false) });
