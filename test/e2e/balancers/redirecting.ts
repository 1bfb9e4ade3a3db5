/** The load balancer of redirecting.bpf.c in the place of a lab's nftables. */
import type { Lab } from "../../../scripts/lab/lab.ts";
import { inNetns, run } from "../../../scripts/lab/run.ts";
import { type IpFamily, VIPS } from "../../../scripts/lab/services.ts";
import { indexKey, update } from "../../../src/bpf/map.ts";
import type { BpfObject } from "../../../src/bpf/object.ts";
import { parseAddress } from "../../../src/model/address.ts";
import { PROTOCOL_NUMBER, type Service } from "../../../src/model/service.ts";
import { loadSource } from "../../compile-bpf.ts";
import { addFilter, indexOf } from "./attach.ts";

interface Place {
	readonly addresses: Readonly<Record<IpFamily, string>>;
	readonly ifindex: number;
}

const IPV4_BYTES = 4;
/** Where IPv4 begins in an IPv4-mapped address. */
const MAPPED = 12;

/** `toPeer`: by bpf_redirect_peer() to the endpoints. The lab has one client. Gives what frees the programs, after the lab. */
export async function redirectByTc(lab: Lab, toPeer: boolean): Promise<() => void> {
	await run(inNetns(lab.balancer.netns, ["nft", "flush", "ruleset"]));
	const object = await loadSource(new URL("redirecting.bpf.c", import.meta.url));
	const places: Place[] = [
		{ addresses: VIPS, ifindex: indexOf(lab, "client1") },
		...lab.endpoints.map(({ address, port }) => ({ addresses: address, ifindex: indexOf(lab, port) })),
	];
	for (const [i, place] of places.entries()) {
		update(object.map("places"), indexKey(i), encodePlace(place, toPeer && i > 0));
	}
	for (const service of lab.services) writePorts(object, service);
	await addFilter(lab, "client1", object.program("to_endpoint"));
	for (const { port } of lab.endpoints) await addFilter(lab, port, object.program("to_client"));
	return () => object.close();
}

function writePorts(object: BpfObject, { port, protocol, endpoints }: Service): void {
	const [endpoint] = endpoints;
	if (!endpoint) throw new Error("the service has no endpoint");
	const number = PROTOCOL_NUMBER[protocol];
	update(object.map("ports"), portKey(port, number, 0), indexKey(endpoint.port));
	update(object.map("ports"), portKey(endpoint.port, number, 1), indexKey(port));
}

function portKey(port: number, protocol: number, isBack: number): Buffer {
	const key = Buffer.alloc(4);
	key.writeUInt16LE(port);
	key.writeUInt8(protocol, 2);
	key.writeUInt8(isBack, 3);
	return key;
}

/** struct place */
function encodePlace({ addresses, ifindex }: Place, toPeer: boolean): Buffer {
	const place = Buffer.alloc(40);
	place.set((parseAddress(addresses[4]) ?? new Uint8Array()).subarray(MAPPED, MAPPED + IPV4_BYTES));
	place.set(parseAddress(addresses[6]) ?? [], 16);
	place.writeUInt32LE(ifindex, 32);
	place.writeUInt32LE(Number(toPeer), 36);
	return place;
}
