import { mapping } from "./collections.ts";
import { absolutePath } from "./scalars.ts";

export const system = mapping({ root: absolutePath.prefault("/") });
