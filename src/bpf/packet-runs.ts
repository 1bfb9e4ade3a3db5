/**
 * BPF_PROG_TEST_RUN for packet after packet: options and context are written in place, for making them anew would take
 * as long as the call. The programs must have been loaded with `replaying` set, see bpf/replay.h.
 */
import koffi from "koffi";
import type { BtfStruct } from "./btf.ts";
import { check } from "./kernel-error.ts";
import { getLibbpf } from "./libbpf.ts";
import type { Program } from "./object.ts";
import { bindStruct } from "./struct.ts";

/** struct bpf_test_run_opts of libbpf 1.0. */
const OPTIONS = { size: 80, data: 8, dataSize: 24, outSize: 28, context: 32, contextSize: 48, repeat: 60 };
const CONTEXT_AT = 128;
const SHORT_AT = 512;
const MEMORY_BYTES = 1024;

const CONTEXT = {
	ingress_ifindex: "u32",
	cb: "cb",
	tstamp: "u64",
	gso_segs: "u32",
	gso_size: "u32",
} as const;

/** enum replay_word */
const WORDS = { length: 0, hash: 4 };

/** A test run takes what fits into a page beside its own; headers end long before. */
const MOST_BYTES = 2048;
/** It refuses what is shorter than an Ethernet and an IPv4 header. */
const FEWEST_BYTES = 34;

const EINVAL = 22;

export interface ReplayedPacket {
	/** Of `bytes`, Ethernet header first. */
	at: number;
	length: number;
	/** On the wire, from the Ethernet header on. */
	wireLength: number;
	/** Never less than at the packet before, never 0. */
	timeNs: number;
	/** What NAT leaves as it is, of UDP: see bpf/join.h. */
	hash: number;
	/** 0: this machine itself has sent it. */
	cameInBy: number;
	/** One packet whose IP header has no length, as it is when the driver was to cut it. */
	withoutLength: boolean;
}

export class PacketRuns {
	readonly #memory = Buffer.allocUnsafeSlow(MEMORY_BYTES).fill(0);
	readonly #own = Number(koffi.address(this.#memory));
	readonly #layout;
	#bytes: Buffer | undefined;
	#base = 0;

	constructor(structs: ReadonlyMap<string, BtfStruct>) {
		this.#layout = bindStruct(structs, "__sk_buff", CONTEXT);
		this.#memory.writeUInt32LE(OPTIONS.size, 0);
		this.#writePointer(this.#own + CONTEXT_AT, OPTIONS.context);
		this.#memory.writeUInt32LE(this.#layout.size, OPTIONS.contextSize);
		this.#memory.writeUInt32LE(1, OPTIONS.repeat);
	}

	/** False: the kernel takes it for no packet. */
	run(program: Program, bytes: Buffer, packet: ReplayedPacket): boolean {
		const memory = this.#memory;
		this.#place(bytes, packet);
		memory.writeUInt32LE(0, OPTIONS.outSize);
		this.#describe(packet);
		const result: number = getLibbpf().bpf_prog_test_run_raw(program.fd, memory);
		if (result === 0) return true;
		if (result === -EINVAL) return false;
		check(result, `run program ${program.name}`);
		return true;
	}

	#place(bytes: Buffer, { at, length }: ReplayedPacket): void {
		if (length < FEWEST_BYTES) {
			this.#placeShort(bytes, at, length);
			return;
		}
		if (this.#bytes !== bytes) {
			this.#bytes = bytes;
			this.#base = Number(koffi.address(bytes));
		}
		this.#writePointer(this.#base + at, OPTIONS.data);
		this.#memory.writeUInt32LE(length < MOST_BYTES ? length : MOST_BYTES, OPTIONS.dataSize);
	}

	/** No whole IPv4 header: with zeros behind it, it still is none. */
	#placeShort(bytes: Buffer, at: number, length: number): void {
		this.#memory.fill(0, SHORT_AT, SHORT_AT + FEWEST_BYTES);
		bytes.copy(this.#memory, SHORT_AT, at, at + length);
		this.#writePointer(this.#own + SHORT_AT, OPTIONS.data);
		this.#memory.writeUInt32LE(FEWEST_BYTES, OPTIONS.dataSize);
	}

	#describe({ wireLength, timeNs, hash, cameInBy, withoutLength }: ReplayedPacket): void {
		const memory = this.#memory;
		const { cb, tstamp, ingress_ifindex, gso_segs, gso_size } = this.#layout;
		memory.writeUInt32LE(wireLength, CONTEXT_AT + cb + WORDS.length);
		memory.writeUInt32LE(hash, CONTEXT_AT + cb + WORDS.hash);
		memory.writeUInt32LE(cameInBy, CONTEXT_AT + ingress_ifindex);
		memory.writeUInt32LE(timeNs % 2 ** 32, CONTEXT_AT + tstamp);
		memory.writeUInt32LE(Math.floor(timeNs / 2 ** 32), CONTEXT_AT + tstamp + 4);
		memory.writeUInt32LE(withoutLength ? 1 : 0, CONTEXT_AT + gso_segs);
		memory.writeUInt32LE(withoutLength ? 0xfffe : 0, CONTEXT_AT + gso_size);
	}

	/** User space ends below 2^53. */
	#writePointer(pointer: number, at: number): void {
		this.#memory.writeUInt32LE(pointer % 2 ** 32, at);
		this.#memory.writeUInt32LE(Math.floor(pointer / 2 ** 32), at + 4);
	}
}
