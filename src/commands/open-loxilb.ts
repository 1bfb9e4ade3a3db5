import { performance } from "node:perf_hooks";
import type { Config } from "../config/config.ts";
import { createLoxilbSource, type LoxilbSource } from "../sources/loxilb/loxilb-source.ts";

/** Nothing is opened before the first reading. */
export function openLoxilb({ loxilb, limits }: Config): LoxilbSource {
	return createLoxilbSource({ directory: loxilb.pins, limits, now: () => performance.now() });
}
