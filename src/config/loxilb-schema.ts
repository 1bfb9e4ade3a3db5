/** Where LoxiLB has its maps. */
import { mapping } from "./collections.ts";
import { absolutePath, oneOf } from "./scalars.ts";

/** What the numbers come from: programs of lbscope's own, or what LoxiLB's have counted. */
export const SOURCES = ["own", "loxilb"] as const;
export type SourceName = (typeof SOURCES)[number];

export const source = oneOf(SOURCES);
export const loxilbMaps = mapping({ pins: absolutePath.optional() }).transform(({ pins }) => ({ pins }));
