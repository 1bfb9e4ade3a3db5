/** How handshakes end, by endpoint; rows of endpoints that are no service's make room. */
import { type MapRows, readBatches, removeBatch } from "../bpf/map.ts";
import type { BpfObject } from "../bpf/object.ts";
import type { Handshakes, HandshakesByEndpoint } from "../model/handshakes.ts";
import { ERROR_REASONS } from "../model/reading.ts";
import { endpointKey, PROTOCOL_NUMBER, PROTOCOLS } from "../model/service.ts";
import type { Addresses, EndpointNames } from "./endpoint-names.ts";
import { endpointText } from "./endpoint-text.ts";
import type { Layouts } from "./layouts.ts";

export interface ReadHandshakes {
	readonly rows: number;
	readonly byEndpoint: HandshakesByEndpoint;
}

export async function readHandshakes(
	object: BpfObject,
	layouts: Layouts,
	names: EndpointNames,
	endpoints: Addresses,
): Promise<ReadHandshakes> {
	const map = object.map("handshakes");
	const byEndpoint = new Map<string, Handshakes>();
	const strangers: Buffer[] = [];
	const rows = await readBatches(map, (batch) => {
		for (let row = 0; row < batch.count; row++) {
			const at = row * batch.keySize;
			const endpoint = decodeEndpoint(batch.keys, at, layouts, names);
			if (endpoints.has(endpoint.address))
				byEndpoint.set(keyOf(endpoint), decodeHandshakes(batch, row, layouts));
			else strangers.push(Buffer.from(batch.keys.subarray(at, at + batch.keySize)));
		}
	});
	removeBatch(map, Buffer.concat(strangers), strangers.length);
	return { rows: rows - strangers.length, byEndpoint };
}

function decodeEndpoint(keys: Buffer, at: number, { handshakeKey }: Layouts, names: EndpointNames) {
	const kind = keys.readUInt8(at + handshakeKey.endpoint_kind);
	return {
		address: endpointText(keys, at + handshakeKey.endpoint, kind, names),
		port: keys.readUInt16BE(at + handshakeKey.port),
		protocol: keys.readUInt8(at + handshakeKey.protocol),
	};
}

function keyOf({ address, port, protocol }: ReturnType<typeof decodeEndpoint>): string {
	const name = PROTOCOLS.find((each) => PROTOCOL_NUMBER[each] === protocol) ?? "tcp";
	return endpointKey(name, { address, port });
}

export function decodeHandshakes(
	{ values, valueStride }: MapRows,
	row: number,
	{ handshakes }: Layouts,
): Handshakes {
	const at = row * valueStride;
	return {
		failed: values.readUInt32LE(at + handshakes.failed),
		reason: ERROR_REASONS[values.readUInt32LE(at + handshakes.reason) - 1],
		completed: values.readUInt32LE(at + handshakes.completed) !== 0,
	};
}
