/** All connections of a server: where there are too many, one makes room, and never one that is being answered. */
import type { Server } from "node:http";
import type { Socket } from "node:net";
import { clientOf, countClients } from "./client-address.ts";

export interface Connections {
	/** Ends those that answer nothing now, and each of the others when its answer is sent. */
	endPresent(): void;
}

interface Connection {
	readonly socket: Socket;
	readonly client: string;
	/** Before, there may be no end of a header, or of a handshake. */
	hasAsked: boolean;
	/** Requests. */
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
			if (!makeRoom(open, clientOf(socket))) return void socket.destroy();
		}
		add(open, socket);
	});
	// Over TLS that socket is another, of the same names.
	server.on("request", ({ socket }, answer) => {
		const connection = open.get(nameOf(socket));
		if (!connection) return;
		connection.hasAsked = true;
		connection.answering++;
		answer.once("close", () => {
			connection.answering--;
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
	const connection = { socket, client, hasAsked: false, answering: 0, endsWhenIdle: false };
	open.set(name, connection);
	socket.once("close", () => {
		if (open.get(name) === connection) open.delete(name);
	});
}

/**
 * Of the client that has most: first those that never asked anything, the oldest before others. None when the newcomer is
 * of the client that has most, and all of it is being answered.
 */
function makeRoom(open: Open, newcomer: string): boolean {
	const counts = countClients([...open.values()].map(({ client }) => client).concat(newcomer));
	const countOf = ({ client }: Connection) => counts.get(client) ?? 0;
	let victim: [name: string, connection: Connection] | undefined;
	for (const each of open) {
		const [, connection] = each;
		if (connection.answering > 0) continue;
		const [, worst] = victim ?? [];
		const more = worst ? countOf(connection) - countOf(worst) : 1;
		if (more > 0 || (more === 0 && worst?.hasAsked && !connection.hasAsked)) victim = each;
	}
	if (!victim || countOf(victim[1]) < (counts.get(newcomer) ?? 0)) return false;
	open.delete(victim[0]);
	victim[1].socket.destroy();
	return true;
}

function nameOf({ remoteAddress, remotePort, localAddress }: Socket): string {
	return `${remoteAddress} ${remotePort} ${localAddress}`;
}
