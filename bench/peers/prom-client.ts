/**
 * prom-client with argv[2] counters. For each line of its input one of twenty gives way to a new one, and all count; that
 * is timed for "inc", and the page for "render". Answers with milliseconds, and bytes of the page.
 */
import { createInterface } from "node:readline";
import { Counter, Registry } from "prom-client";

const ENDPOINTS = 4;
const CHURN = 20;

interface Labels extends Record<string, string> {
	readonly service: string;
	readonly sip: string;
	readonly dip: string;
}

const endpoints = Array.from({ length: ENDPOINTS }, (_, i) => `192.168.0.${i + 1}`);

const registry = new Registry();
const counter = new Counter({
	name: "lb_rule_interaction_bytes",
	help: "Bytes between the client and the endpoint through the service.",
	labelNames: ["service", "sip", "dip"],
	registers: [registry],
});

const count = Number(process.argv[2]);
const step = Math.floor(count / CHURN);
let first = 0;
let clients = clientsFrom(first);
incrementAll();

for await (const line of createInterface({ input: process.stdin })) {
	const before = clients;
	first += step;
	clients = clientsFrom(first);
	const incMs = milliseconds(() => {
		for (let i = 0; i < step; i++) counter.remove(labelsOf(before, i));
		incrementAll();
	});
	if (line === "inc") console.log(`${incMs} 0`);
	else await answerWithPage();
}

async function answerWithPage(): Promise<void> {
	const start = performance.now();
	const { length } = await registry.metrics();
	console.log(`${performance.now() - start} ${length}`);
}

function incrementAll(): void {
	for (let i = 0; i < count; i++) counter.inc(labelsOf(clients, i), 9_001 * (1_000 + (i % 1_000)));
}

/** Texts at hand: only the library is measured. */
function labelsOf(sips: readonly string[], i: number): Labels {
	const [sip = "", dip = ""] = [sips[Math.floor(i / ENDPOINTS)], endpoints[i % ENDPOINTS]];
	return { service: "web", sip, dip };
}

function clientsFrom(pair: number): string[] {
	return Array.from({ length: Math.ceil(count / ENDPOINTS) }, (_, i) => {
		const client = pair / ENDPOINTS + i;
		return `10.${(client >> 16) & 255}.${(client >> 8) & 255}.${client & 255}`;
	});
}

function milliseconds(work: () => void): number {
	const start = performance.now();
	work();
	return performance.now() - start;
}
