/** All connections of a server: where there are too many, one makes room, and never one that is being answered. */
import type { Server } from "node:http";
import type { Socket } from "node:net";
import { clientOf, mostOf } from "./client-address.ts";

export interface Connections {
	/** Ends those that answer nothing now, and each of the others when its answer is sent. */
	endPresent(): void;
}

interface Connection {
	readonly socket: Socket;
	readonly client: string;
	/** Requests. Before the first there may be no end of a header, or of a handshake. */
	answered: number;
	answering: number;
	endsWhenIdle: boolean;
}

/** By the client's address and port, in the order in which they came. */
type Open = Map<string, Connection>;

/** `cut` is called for each connection that had to make room, or found none. */
export function trackConnections(server: Server, limit: number, cut: () => void): Connections {
	const open: Open = new Map();
	server.on("connection", (socket: Socket) => {
		if (open.size >= limit) {
			cut();
			if (!makeRoom(open)) return void socket.destroy();
		}
		add(open, socket);
	});
	// Over TLS that socket is another, of the same names.
	server.on("request", ({ socket }, answer) => {
		const connection = open.get(nameOf(socket));
		if (!connection) return;
		connection.answering++;
		answer.once("close", () => {
			connection.answering--;
			connection.answered++;
			if (connection.endsWhenIdle) socket.end();
		});
	});
	return {
		endPresent() {
			for (const connection of open.values()) {
				connection.endsWhenIdle = true;
				if (connection.answering === 0) connection.socket.destroy();
			}
		},
	};
}

function add(open: Open, socket: Socket): void {
	const name = nameOf(socket);
	const client = clientOf(socket);
	const connection = { socket, client, answered: 0, answering: 0, endsWhenIdle: false };
	open.set(name, connection);
	socket.once("close", () => {
		if (open.get(name) === connection) open.delete(name);
	});
}

/** First those that never asked anything; among them, the oldest of the client that has most of them. */
function makeRoom(open: Open): boolean {
	const silent = [...open].filter(([, { answering }]) => answering === 0);
	const newcomers = silent.filter(([, { answered }]) => answered === 0);
	const candidates = newcomers.length > 0 ? newcomers : silent;
	const { client } = mostOf(candidates.map(([, connection]) => connection.client));
	const [name, victim] = candidates.find(([, connection]) => connection.client === client) ?? [];
	if (name === undefined) return false;
	open.delete(name);
	victim?.socket.destroy();
	return true;
}

function nameOf({ remoteAddress, remotePort, localAddress }: Socket): string {
	return `${remoteAddress} ${remotePort} ${localAddress}`;
}
