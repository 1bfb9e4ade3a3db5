/** UDP flows. How they end is in walk.test.ts. */
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { onLeg } from "./cast.ts";
import { converse, outcomeOf } from "./conversation.ts";
import { udp } from "./packets/transport.ts";
import { requestsOf } from "./seen.ts";
import { withTestPath } from "./test-path.ts";

describeInKernel("UDP", () => {
	const path = withTestPath();

	test.each([
		{ what: "the first packet from the client is a request", script: ">data", requests: 1 },
		{ what: "more packets are the same request", script: ">data >data >data", requests: 1 },
		{ what: "the answer is the same request", script: ">data <data >data <data", requests: 1 },
		{ what: "a flow picked up by an answer is no request", script: "<data", requests: 0 },
		{ what: "and stays none", script: "<data >data", requests: 0 },
	])("$what", async ({ script, requests }) => {
		converse(path(), "udp", script);
		expect(await outcomeOf(path())).toEqual({ states: ["active"], requests, errors: [] });
	});

	test("each port of a client is a flow", async () => {
		for (const from of [1, 2, 3, 2, 1]) path().ingress(onLeg("client to VIP", "IPv4", udp({ from, to: 80 })));
		const reading = await path().read();
		expect(requestsOf(reading)).toBe(3);
		expect(reading.flows).toEqual({ active: { tcp: 0, udp: 3, sctp: 0 }, inactive: 0 });
	});

	test("knows whether the endpoint has answered", async () => {
		converse(path(), "udp", ">data");
		expect(await path().rowsOf("flows")).toMatchObject([{ marks: ["counted"] }]);
		converse(path(), "udp", "<data");
		expect(await path().rowsOf("flows")).toMatchObject([{ marks: ["counted", "answered"] }]);
	});
});
