/** The endpoints of bench/probes.ts: any address of 127.0.0.0/8 at one port. Answers each request, and waits for none. */
import { createServer } from "node:net";

const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

const server = createServer((socket) => {
	socket.on("error", () => socket.destroy());
	socket.once("data", () => socket.end(ANSWER));
	socket.on("end", () => socket.end());
});
server.listen({ port: 0, host: "0.0.0.0", backlog: 4096 }, () => process.send?.(server.address().port));
process.once("disconnect", () => process.exit());
