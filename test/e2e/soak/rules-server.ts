/** A LoxiLB whose API comes and goes: it tells of services that the configuration does not name. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Service } from "../../../src/model/service.ts";

export interface RulesServer {
	readonly url: string;
	/** Refuses connections from now on. */
	leave(): Promise<void>;
	/** Is back, at the same address. */
	back(): Promise<void>;
}

const RULES_PATH = "/netlox/v1/config/loadbalancer/all";

export async function startRulesServer(services: readonly Service[]): Promise<RulesServer> {
	const rules = JSON.stringify({ lbAttr: services.map(ruleOf) });
	let server = await listen(rules, 0);
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		async leave() {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
		async back() {
			server = await listen(rules, port);
		},
	};
}

function ruleOf({ label, vip, port, protocol, endpoints }: Service) {
	return {
		serviceArguments: { externalIP: vip, port, protocol, name: label },
		endpoints: endpoints.map((each) => ({ endpointIP: each.address, targetPort: each.port })),
	};
}

async function listen(rules: string, port: number): Promise<Server> {
	const server = createServer((request, response) => {
		const text = request.url === RULES_PATH ? rules : '{"Attr":[]}';
		response.writeHead(200, { "content-type": "application/json" }).end(text);
	});
	server.listen(port, "127.0.0.1");
	await once(server, "listening");
	return server;
}
