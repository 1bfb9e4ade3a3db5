/** The figures of SECURITY.md: each attack, with three scrapes meanwhile. Needs no root; `tsx bench/attacks.ts`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAttacked } from "../test/e2e/web/attacked-server.ts";
import { ATTACKS, type Attack } from "../test/web/attacks.ts";

/** The scraper's is 127.0.0.1. */
const SOURCES = ["127.0.0.66", "127.0.0.1"];

async function measure(attack: Attack, folder: string): Promise<void> {
	const attacked = await startAttacked(folder, attack);
	try {
		for (const from of SOURCES) {
			const { statuses, durationsMs, grownBytes } = await attacked.attack(attack, from);
			const times = durationsMs.map((ms, i) => `${Math.round(ms)} ms${statuses[i] === 200 ? "" : " failed"}`);
			const who = from === "127.0.0.1" ? "same address" : "another address";
			console.log(`| ${attack.name} | ${who} | ${times.join(", ")} | ${Math.round(grownBytes / 1e6)} MB |`);
		}
	} finally {
		await attacked.server.stop();
	}
}

const folder = mkdtempSync(join(tmpdir(), "lbscope-attacks-"));
try {
	console.log("| attack | from | scrapes | memory |\n|---|---|---|---|");
	for (const attack of ATTACKS) await measure(attack, folder);
} finally {
	rmSync(folder, { recursive: true, force: true });
}
