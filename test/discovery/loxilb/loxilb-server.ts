/** A server that answers as LoxiLB's API does, or as the test wants. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

const RULES_PATH = "/netlox/v1/config/loadbalancer/all";
const HOSTS_PATH = "/netlox/v1/config/endpoint/all";

type Answer = string | ((request: IncomingMessage, response: ServerResponse) => void);

export interface LoxilbServer {
	readonly url: string;
	/** To be changed at any time. */
	rules: Answer;
	hosts: Answer;
	close(): Promise<void>;
}

export async function startLoxilb(rules: Answer, hosts: Answer = '{"Attr":[]}'): Promise<LoxilbServer> {
	const server = createServer((request, response) => {
		const answer = { [RULES_PATH]: loxilb.rules, [HOSTS_PATH]: loxilb.hosts }[request.url ?? ""];
		if (answer === undefined) response.writeHead(404).end();
		else if (typeof answer === "function") answer(request, response);
		else response.writeHead(200, { "content-type": "application/json" }).end(answer);
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const loxilb: LoxilbServer = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		rules,
		hosts,
		async close() {
			server.closeAllConnections();
			if (server.listening) await new Promise((resolve) => server.close(resolve));
		},
	};
	onTestFinished(() => loxilb.close());
	return loxilb;
}
