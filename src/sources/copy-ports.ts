/** Ports in which flows are open whose services have gone away meanwhile: programs that come later look at them, too. */
import { indexKey, readFirst, update } from "../bpf/map.ts";
import type { BpfObject } from "../bpf/object.ts";

/** To be called when the new programs know their services, and before they are attached. */
export function copyPorts(from: BpfObject, to: BpfObject): void {
	const [former, map] = [from.map("service_ports"), to.map("service_ports")];
	const known = readFirst(former, former.maxEntries);
	const { values, valueStride } = readFirst(map, map.maxEntries);
	for (let row = 0; row < map.maxEntries; row++) {
		const start = row * valueStride;
		const ports = Buffer.from(values.subarray(start, start + valueStride));
		const before = known.values.subarray(start, start + valueStride);
		for (const [i, byte] of before.entries()) ports[i] = (ports[i] as number) | byte;
		if (!ports.equals(values.subarray(start, start + valueStride))) update(map, indexKey(row), ports);
	}
}
