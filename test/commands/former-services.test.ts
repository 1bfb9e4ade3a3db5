import { expect, test } from "vitest";
import { formerServices } from "../../src/commands/former-services.ts";
import { parseConfig } from "../../src/config/parse-config.ts";
import type { Lists } from "../../src/discovery/kept-lists.ts";
import { unnamed } from "../../src/discovery/unnamed.ts";

const WEB = unnamed("192.0.2.1", 80, "tcp", []);

function sources(loxilb: string) {
	const parsed = parseConfig(`discovery: { loxilb: ${loxilb} }`, "test");
	if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
	return parsed.config.discovery;
}

test("a list is that of a source of the same configuration only", async () => {
	let kept: Lists = new Map();
	const keep = (saved: Lists) => {
		kept = saved;
	};
	const lists = { load: async () => kept, save: async (saved: Lists) => keep(saved) };
	const first = sources('{ url: "http://a:1", authorization: secret }');
	await formerServices(lists, first).save(
		new Map([
			["loxilb", [WEB]],
			["static", [WEB]],
		]),
	);
	expect([...kept.keys()].join()).toMatch(/^loxilb [0-9a-f]{16}$/);
	expect(await formerServices(lists, first).load()).toEqual(new Map([["loxilb", [WEB]]]));
	const other = sources('{ url: "http://b:1", authorization: secret }');
	expect(await formerServices(lists, other).load()).toEqual(new Map());
});
