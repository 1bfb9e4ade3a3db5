/** The API server of the cluster that this pod is in, asked with the pod's service account. */
import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { type Agent, request } from "node:https";
import { readBody } from "../read-body.ts";
import { Expired, printable } from "./api-error.ts";

export interface ApiServer {
	readonly host: string;
	readonly port: number;
	/** Both are read for every request, since the kubelet replaces them: a token may live for an hour only. */
	readonly tokenFile: string;
	readonly caFile: string;
}

const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** As the kubelet tells every pod of it, or undefined outside a pod. */
export function findApiServer(env: NodeJS.ProcessEnv): ApiServer | undefined {
	const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
	if (!host || !port) return undefined;
	return { host, port: Number(port), tokenFile: `${ACCOUNT}/token`, caFile: `${ACCOUNT}/ca.crt` };
}

export interface Asked {
	readonly path: string;
	readonly agent: Agent;
	readonly signal: AbortSignal;
	/** Until the head of the answer is there. */
	readonly headMs: number;
	/** From then on, until its last byte. */
	readonly bodyMs: number;
}

/** How long a connection is silent before the kernel asks, ten times once a second, whether the peer is still there. */
const KEEP_ALIVE_MS = 30_000;

/** Sends a GET, and gives the answer when its head is there. @throws when it is not 200 */
export async function get(server: ApiServer, asked: Asked): Promise<IncomingMessage> {
	const [token, ca] = await Promise.all([readFile(server.tokenFile, "utf8"), readFile(server.caFile)]);
	const answer = await send(server, token.trim(), ca, asked);
	const tooLong = new Error(`the answer is not complete after ${asked.bodyMs / 1000} s`);
	const timer = setTimeout(() => answer.destroy(tooLong), asked.bodyMs);
	answer.once("close", () => clearTimeout(timer));
	if (answer.statusCode === 200) return answer;
	const reason = `the server answers ${answer.statusCode} (${await messageOf(answer)}), expected 200`;
	throw answer.statusCode === 410 ? new Expired(reason) : new Error(reason);
}

function send({ host, port }: ApiServer, token: string, ca: Buffer, asked: Asked): Promise<IncomingMessage> {
	const { path, agent, signal, headMs } = asked;
	const headers = { Accept: "application/json", Authorization: `Bearer ${token}`, "User-Agent": "lbscope" };
	return new Promise((resolve, reject) => {
		const sent = request({ host, port, path, headers, ca, agent, signal });
		const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${headMs / 1000} s`)), headMs);
		sent.on("response", () => clearTimeout(timer)).on("close", () => clearTimeout(timer));
		sent.on("response", resolve).on("error", reject);
		sent.on("socket", (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS));
		sent.end();
	});
}

const MAX_REFUSAL_BYTES = 65_536;

/** What the server says of its refusal: the message of a Status object, or else what it sent. */
async function messageOf(answer: IncomingMessage): Promise<string> {
	const text = await readBody(answer, MAX_REFUSAL_BYTES).then(String, () => "");
	try {
		return printable(JSON.parse(text).message);
	} catch {
		return printable(text);
	}
}
