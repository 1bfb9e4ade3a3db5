/** The real SCTP peers of usrsctp through the lab: a second opinion on what an association looks like. */
import type { Lab } from "./lab.ts";

const TSCTP = "/usr/lib/usrsctp/tsctp";

export interface UsrsctpResult {
	/** What the server counted. */
	readonly messages: number;
	readonly bytes: number;
}

/**
 * One association with the service `usrsctp`, IPv4 only, that carries `count` messages. No other SCTP traffic of the lab may
 * run meanwhile: a usrsctp peer reads all SCTP packets of its namespace and answers those it does not know with ABORT.
 */
export async function runUsrsctp(lab: Lab, count: number, messageBytes: number): Promise<UsrsctpResult> {
	const { vip, port, endpoints } = lab.service("usrsctp");
	const at = lab.endpoints.find((site) => site.address[4] === endpoints[0]?.address);
	const client = lab.clients[0];
	if (!at || !client) throw new Error("Cannot run usrsctp: the service has no endpoint in this lab");
	const server = lab.spawn(at.netns, [TSCTP, "-L", at.address[4], "-p", String(port)]);
	await server.waitFor("bound port");
	const size = ["-n", String(count), "-l", String(messageBytes)];
	const sender = lab.spawn(client.netns, [TSCTP, "-L", client.address[4], "-p", String(port), ...size, vip]);
	await sender.ended;
	await server.waitFor(`\n${messageBytes}, `);
	return parseResult((await server.stop()).stdout);
}

/** The server's line: message size, two counts of messages, bytes, then times. */
function parseResult(stdout: string): UsrsctpResult {
	const [, messages, bytes] = /^\d+, \d+, (\d+), (\d+), /m.exec(stdout) ?? [];
	return { messages: Number(messages), bytes: Number(bytes) };
}
