import { describe, expect, it } from "vitest";
import { createState, healthOf, setVerdict } from "../../src/health/endpoint-state.ts";

const TARGET = {
	address: "10.1.0.1",
	port: 80,
	protocol: "tcp",
	services: ["web"],
	probe: { type: "tcp" },
	told: undefined,
} as const;

/** The verdicts one after the other: h, x, or u for none; what was said, and how often it turned. */
function follow(verdicts: string) {
	const state = createState(TARGET);
	const said: string[] = [];
	for (const each of verdicts) {
		const healthy = each === "u" ? undefined : each === "h";
		setVerdict(state, healthy, "why", (_, isHealthy, reason) =>
			said.push(`${isHealthy ? "h" : "x"} ${reason}`),
		);
	}
	return { said, turned: healthOf(state).turned };
}

describe("a verdict", () => {
	it("that is good at the beginning is no news", () => {
		expect(follow("uhh")).toEqual({ said: [], turned: { healthy: 0, unhealthy: 0 } });
	});

	it("that is bad at the beginning is said, and has not turned", () => {
		expect(follow("uxx")).toEqual({ said: ["x why"], turned: { healthy: 0, unhealthy: 0 } });
	});

	it("that turns is said and counted once each time", () => {
		expect(follow("hxxhx")).toEqual({
			said: ["x why", "h why", "x why"],
			turned: { healthy: 1, unhealthy: 2 },
		});
	});

	it("that turns while nothing is known turns all the same", () => {
		expect(follow("huxuxuh")).toEqual({ said: ["x why", "h why"], turned: { healthy: 1, unhealthy: 1 } });
	});
});
