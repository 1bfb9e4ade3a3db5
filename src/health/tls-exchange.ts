/** A request over TLS on a socket that is connected already. */
import { readFileSync } from "node:fs";
import { Socket } from "node:net";
import { connect, createSecureContext, type SecureContext } from "node:tls";
import type { HttpsProbe } from "../model/probe.ts";
import type { Endpoint } from "../model/service.ts";
import { judgeAnswer, MOST_BYTES, requestOf } from "./http-answer.ts";

/** `ended` is called once, unless the exchange is closed before. Takes the descriptor over. */
export interface TlsExchange {
	close(): void;
}

export function exchangeOverTls(
	fd: number,
	{ probe, endpoint, context }: { probe: HttpsProbe; endpoint: Endpoint; context: SecureContext },
	ended: (failure: string | undefined) => void,
): TlsExchange {
	const { serverName, skipVerify, status } = probe;
	const raw = new Socket({ fd, readable: true, writable: true });
	const socket = connect({
		socket: raw,
		secureContext: context,
		rejectUnauthorized: !skipVerify,
		// Without a name the certificate must be for the address.
		host: serverName ?? endpoint.address,
		...(serverName !== undefined && { servername: serverName }),
	});
	let text = "";
	let isOver = false;
	const close = () => {
		isOver = true;
		socket.destroy();
		raw.destroy();
	};
	const end = (failure: string | undefined) => {
		if (isOver) return;
		close();
		ended(failure);
	};
	const judge = (isWhole: boolean) => {
		const judgement = judgeAnswer(text, status, isWhole);
		if (judgement) end(judgement.failure);
	};
	raw.on("error", (error) => end(`TLS: ${error.message}`));
	socket.on("error", (error) => end(`TLS: ${error.message}`));
	socket.once("secureConnect", () => socket.write(requestOf(probe, endpoint)));
	socket.on("data", (chunk) => {
		text += chunk.toString("latin1", 0, MOST_BYTES - text.length);
		judge(false);
	});
	socket.once("end", () => judge(true));
	socket.once("close", () => end("connection closed before the answer"));
	return { close };
}

/** A new file is taken up within that time. */
const KEPT_MS = 60_000;

export interface SecureContexts {
	/** @throws when the file cannot be read, or is none of certificates */
	of(caFile: string | undefined, nowMs: number): SecureContext;
}

export function createSecureContexts(): SecureContexts {
	const made = new Map<string | undefined, { readonly context: SecureContext; readonly atMs: number }>();
	return {
		of(caFile, nowMs) {
			const known = made.get(caFile);
			if (known && (caFile === undefined || nowMs - known.atMs < KEPT_MS)) return known.context;
			const context = createSecureContext(caFile === undefined ? {} : { ca: readFileSync(caFile) });
			made.set(caFile, { context, atMs: nowMs });
			return context;
		},
	};
}
