/** What the rows of somebody else's map are made of, as the kernel knows it since the map was made. */
import koffi from "koffi";
import type { BtfStruct } from "./btf.ts";
import type { MapTypeIds } from "./describe.ts";
import { flatStruct } from "./flat-struct.ts";
import { adviceFor, KernelError, TO_SEE_OTHERS_MAPS } from "./kernel-error.ts";
import { getLibbpf } from "./libbpf.ts";

export interface MapTypes {
	/** Fields by path, see flat-struct.ts; none when it is no struct. */
	readonly key: BtfStruct;
	readonly value: BtfStruct;
}

export function readMapTypes(name: string, { btf, key, value }: MapTypeIds): MapTypes {
	if (btf === 0 || value === 0)
		throw new Error(`Cannot read map ${name}: it has no BTF, expected a map whose program was built with it`);
	const data = readBtf(name, btf);
	return { key: flatStruct(data, key), value: flatStruct(data, value) };
}

function readBtf(name: string, id: number): Buffer {
	const btf = getLibbpf().btf__load_from_kernel_by_id(id);
	if (!btf) {
		const errno = koffi.errno();
		throw new KernelError(`read the BTF of map ${name}`, errno, adviceFor(errno, TO_SEE_OTHERS_MAPS));
	}
	try {
		const size = [0];
		const data = getLibbpf().btf__raw_data(btf, size);
		return Buffer.from(Buffer.from(koffi.view(data, size[0] ?? 0)));
	} finally {
		getLibbpf().btf__free(btf);
	}
}
