/** Whether the page can be served where it is to be. */
import { once } from "node:events";
import { createServer } from "node:net";
import { hostPort } from "../model/address.ts";
import { runsHere } from "./exporter.ts";
import { type Fact, fail, ok, type Patient } from "./fact.ts";

const TODO: Readonly<Record<string, string>> = {
	EADDRINUSE: "give another port as listen, or end who has it: ss -ltnp",
	EADDRNOTAVAIL: "give an address of this machine as listen",
	EACCES: "give CAP_NET_BIND_SERVICE, or a port from 1024 up",
};

export async function checkPort(patient: Patient): Promise<Fact[]> {
	const { address = "::", port } = patient.config.listen;
	const where = hostPort(address, port);
	const server = createServer();
	try {
		server.listen(port, address);
		await once(server, "listening");
		return [ok(`${where} is free`)];
	} catch (error) {
		const { code = "", message } = error as NodeJS.ErrnoException;
		if (code === "EADDRINUSE" && runsHere(patient)) return [ok(`${where} is in use while an lbscope runs`)];
		return [fail(`cannot listen on ${where}: ${message}`, TODO[code] ?? "give another address as listen")];
	} finally {
		server.close();
	}
}
