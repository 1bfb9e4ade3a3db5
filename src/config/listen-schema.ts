import { z } from "zod";
import { canonicalAddress } from "../model/address.ts";
import { listOf, mapping, unique } from "./collections.ts";
import type { Listen } from "./config.ts";
import { scalar, text } from "./scalars.ts";

const MAX_PATHS = 16;
/** Where something else is. */
const TAKEN_PATHS = ["/metrics", "/system/metrics"];

type Place = Omit<Listen, "paths">;

const place = scalar((value, refuse): Place => {
	const found = typeof value === "string" ? parsePlace(value) : undefined;
	return found ?? refuse('an address and a port such as "0.0.0.0:8080", "[::1]:8080" or ":8080"');
});

function parsePlace(text: string): Place | undefined {
	const [, bracketed, bare, portText] = /^(?:\[(.*:.*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
	const port = Number(portText);
	const address = canonicalAddress(bracketed ?? bare ?? "");
	if (!(port >= 1 && port <= 65535)) return undefined;
	return address !== undefined || bare === "" ? { address, port } : undefined;
}

/** A dot alone would be resolved away by who asks; what begins with `-` are our own paths. */
const path = text(
	"the path of a URL such as /netlox/v1/metrics, of letters, digits, ., _, ~ and -, none of lbscope's own",
	(value) => /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]{1,64}){1,8}$/.test(value) && !isTaken(value),
);

function isTaken(path: string): boolean {
	return TAKEN_PATHS.includes(path) || path.startsWith("/-/");
}

/** The place alone, or with paths. */
export const listen = z.preprocess(
	(value) =>
		typeof value === "object" && value !== null && !Array.isArray(value) ? value : { address: value },
	mapping({
		address: place.prefault("0.0.0.0:8080"),
		paths: listOf(path, 0, MAX_PATHS)
			.check(unique((each) => `path ${each}`, "each once"))
			.prefault([]),
	}).transform(({ address, paths }): Listen => ({ ...address, paths })),
);
