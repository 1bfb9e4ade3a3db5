/** A compiled BPF object: opened, sized, loaded; its maps, programs and structs by name. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import koffi from "koffi";
import { type BtfStruct, parseBtf } from "./btf.ts";
import type { DescribedMap } from "./describe.ts";
import { adviceFor, isRefusal, KernelError, missingCapabilities } from "./kernel-error.ts";
import { getLibbpf, type Pointer } from "./libbpf.ts";
import { takeLibbpfMessages, withoutMessages } from "./libbpf-messages.ts";
import { type LoadedObject, takeLoaded } from "./loaded-object.ts";
import type { MapDescription } from "./map.ts";
import { mapsOf, reuseMaps, setConstants, setSizes } from "./object-maps.ts";

/** Where `make bpf` puts the objects; the same from src/ and from dist/. */
export const DATA_PATH_OBJECT = objectPath("datapath");
export const NETFILTER_OBJECT = objectPath("netfilter");
export const LOXILB_COUNTS_OBJECT = objectPath("loxilb_counts");
export const SERVICE_LISTS_OBJECT = objectPath("service_lists");

export interface Program {
	readonly name: string;
	readonly fd: number;
}

export interface LoadOptions {
	/** Entries of the maps whose size depends on the configuration. */
	readonly maxEntries?: Readonly<Record<string, number>>;
	/** Maps to take instead of new ones: file descriptors by name, which may be closed after the load. */
	readonly reuse?: ReadonlyMap<string, number>;
	/** What the verifier takes for constant: the bytes of sections of `const volatile` variables, by name. */
	readonly constants?: Readonly<Record<string, Buffer>>;
}

/** Structs of an object file, without loading it: needs no rights. */
export function readStructs(path = DATA_PATH_OBJECT): ReadonlyMap<string, BtfStruct> {
	const object = open(path);
	try {
		return structsOf(object);
	} finally {
		getLibbpf().bpf_object__close(object);
	}
}

/** Maps of the data path as they will be, without loading it: needs no rights. */
export function readMaps(maxEntries: Readonly<Record<string, number>>): readonly DescribedMap[] {
	const object = open(DATA_PATH_OBJECT);
	try {
		setSizes(object, maxEntries);
		return mapsOf(object);
	} finally {
		getLibbpf().bpf_object__close(object);
	}
}

/** Opened, and loaded by us or by the process before. */
interface Opened {
	readonly object: Pointer;
	readonly loaded: LoadedObject | undefined;
}

export class BpfObject {
	readonly maps: ReadonlyMap<string, MapDescription>;
	readonly structs: ReadonlyMap<string, BtfStruct>;
	readonly #object: Pointer;
	readonly #loaded: LoadedObject | undefined;
	#closed = false;

	/** @throws {KernelError} with the verifier's last words when the kernel refuses */
	constructor(path = DATA_PATH_OBJECT, options: LoadOptions = {}, opened = openLoaded(path, options)) {
		this.#object = opened.object;
		this.#loaded = opened.loaded;
		try {
			const maps = this.#loaded?.maps ?? mapsOf(this.#object);
			this.maps = new Map(maps.map((map) => [map.name, map]));
			this.structs = structsOf(this.#object);
		} catch (error) {
			this.close();
			throw error;
		}
	}

	/** The same, while the event loop goes on: the verifier takes hundreds of ms. */
	static async loadAside(path = DATA_PATH_OBJECT, options: LoadOptions = {}): Promise<BpfObject> {
		return new BpfObject(path, options, await openLoadedAside(path, options));
	}

	map(name: string): MapDescription {
		const map = this.maps.get(name);
		if (!map) throw new Error(`Cannot find map ${name} in the BPF object`);
		return map;
	}

	program(name: string): Program {
		const program = getLibbpf().bpf_object__find_program_by_name(this.#object, name);
		if (!program) throw new Error(`Cannot find program ${name} in the BPF object`);
		return { name, fd: this.#loaded?.programs.get(name) ?? getLibbpf().bpf_program__fd(program) };
	}

	programs(): Program[] {
		return [...programNames(this.#object)].map((name) => this.program(name));
	}

	/** Frees maps and programs that nothing else holds. */
	close(): void {
		if (!this.#closed) getLibbpf().bpf_object__close(this.#object);
		if (!this.#closed) this.#loaded?.close();
		this.#closed = true;
	}
}

function objectPath(name: string): string {
	return fileURLToPath(new URL(`../../dist/objects/${name}.bpf.o`, import.meta.url));
}

function open(path: string): Pointer {
	takeLibbpfMessages();
	if (!existsSync(path)) throw new Error(`Cannot open ${path}: it is not there, run "make bpf" first`);
	const object = getLibbpf().bpf_object__open_file(path, null);
	if (!object) throw new KernelError(`open ${path}`, koffi.errno(), takeLibbpfMessages().at(-1));
	return object;
}

function openPrepared(
	path: string,
	{ maxEntries = {}, reuse = new Map(), constants = {} }: LoadOptions,
): Opened {
	const object = open(path);
	try {
		setSizes(object, maxEntries);
		const loaded = takeLoaded(path, mapsOf(object));
		if (!loaded) {
			reuseMaps(object, reuse);
			setConstants(object, constants);
		}
		return { object, loaded };
	} catch (error) {
		getLibbpf().bpf_object__close(object);
		throw error;
	}
}

function openLoaded(path: string, options: LoadOptions): Opened {
	const opened = openPrepared(path, options);
	const result: number = opened.loaded ? 0 : getLibbpf().bpf_object__load(opened.object);
	if (result === 0) return opened;
	const refusal = refusalOf(result);
	getLibbpf().bpf_object__close(opened.object);
	throw refusal;
}

/** What the kernel refuses it refuses again, and then there is somebody to hear why. */
async function openLoadedAside(path: string, options: LoadOptions): Promise<Opened> {
	const opened = openPrepared(path, options);
	if (opened.loaded || (await withoutMessages(() => loadAside(opened.object))) === 0) return opened;
	getLibbpf().bpf_object__close(opened.object);
	return openLoaded(path, options);
}

function loadAside(object: Pointer): Promise<number> {
	return new Promise((resolve, reject) => {
		const done = (error: Error | null, result: number) => (error ? reject(error) : resolve(result));
		getLibbpf().bpf_object__load.async(object, done);
	});
}

function refusalOf(result: number): KernelError {
	// libbpf guesses at other causes, and the verifier shows code, when a capability is all that is missing.
	const isExplained = isRefusal(-result) && missingCapabilities().length > 0;
	const said = isExplained ? [] : takeLibbpfMessages().slice(-20);
	const advice = [adviceFor(-result), ...said].filter(Boolean).join("\n");
	return new KernelError("load the BPF programs", -result, advice);
}

function* programNames(object: Pointer): Generator<string> {
	let program = getLibbpf().bpf_object__next_program(object, null);
	while (program) {
		yield getLibbpf().bpf_program__name(program);
		program = getLibbpf().bpf_object__next_program(object, program);
	}
}

function structsOf(object: Pointer): ReadonlyMap<string, BtfStruct> {
	const btf = getLibbpf().bpf_object__btf(object);
	if (!btf) throw new Error("Cannot read the BTF of the BPF object: it was built without -g");
	const size = [0];
	const data = getLibbpf().btf__raw_data(btf, size);
	// A copy: the original goes with the object.
	return parseBtf(Buffer.from(Buffer.from(koffi.view(data, size[0] ?? 0))));
}
