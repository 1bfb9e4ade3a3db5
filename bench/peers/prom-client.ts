/**
 * prom-client with argv[2] counters. "inc" counts once more for each; "render" makes the page. Answers with milliseconds,
 * and bytes of the page.
 */
import { createInterface } from "node:readline";
import { Counter, Registry } from "prom-client";

const ENDPOINTS = 4;

const count = Number(process.argv[2]);
const clients = Array.from({ length: Math.ceil(count / ENDPOINTS) }, (_, i) => {
	return `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
});
const endpoints = Array.from({ length: ENDPOINTS }, (_, i) => `192.168.0.${i + 1}`);

const registry = new Registry();
const counter = new Counter({
	name: "lb_rule_interaction_bytes",
	help: "Bytes between the client and the endpoint through the service.",
	labelNames: ["service", "sip", "dip"],
	registers: [registry],
});
incrementAll();

for await (const line of createInterface({ input: process.stdin })) {
	if (line === "render") incrementAll();
	const start = performance.now();
	const bytes = line === "render" ? (await registry.metrics()).length : incrementAll();
	console.log(`${performance.now() - start} ${bytes}`);
}

function incrementAll(): number {
	for (let i = 0; i < count; i++) {
		const [sip, dip] = [clients[Math.floor(i / ENDPOINTS)], endpoints[i % ENDPOINTS]];
		counter.inc({ service: "web", sip, dip } as Record<string, string>, 9_001 * (1_000 + (i % 1_000)));
	}
	return 0;
}
