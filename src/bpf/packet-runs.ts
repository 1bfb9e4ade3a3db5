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

/** A gso_size larger than any payload: the skb is one packet, of the length that it has. */
const WITHOUT_LENGTH = 0xfffe;

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

const WORD = 4;
const TWO_32 = 2 ** 32;

export class PacketRuns {
	readonly #memory = Buffer.allocUnsafeSlow(MEMORY_BYTES).fill(0);
	/** The same: eBPF and every machine that has koffi's prebuilt binaries are little-endian. */
	readonly #words = new Uint32Array(this.#memory.buffer, 0, MEMORY_BYTES / WORD);
	readonly #own = Number(koffi.address(this.#memory));
	readonly #run = getLibbpf().bpf_prog_test_run_raw;
	readonly #at;
	#bytes: Buffer | undefined;
	#base = 0;

	constructor(structs: ReadonlyMap<string, BtfStruct>) {
		const { size, cb, tstamp, ingress_ifindex, gso_segs, gso_size } = bindStruct(
			structs,
			"__sk_buff",
			CONTEXT,
		);
		const wordOf = (field: number) => (CONTEXT_AT + field) / WORD;
		this.#at = {
			length: wordOf(cb + WORDS.length),
			hash: wordOf(cb + WORDS.hash),
			cameInBy: wordOf(ingress_ifindex),
			time: wordOf(tstamp),
			segments: wordOf(gso_segs),
			segmentSize: wordOf(gso_size),
		};
		this.#words[0] = OPTIONS.size;
		this.#writeU64(OPTIONS.context / WORD, this.#own + CONTEXT_AT);
		this.#words[OPTIONS.contextSize / WORD] = size;
		this.#words[OPTIONS.repeat / WORD] = 1;
	}

	/** False: the kernel takes it for no packet. */
	run(program: Program, bytes: Buffer, packet: ReplayedPacket): boolean {
		this.#place(bytes, packet);
		// It holds what came out of the run before.
		this.#words[OPTIONS.outSize / WORD] = 0;
		this.#describe(packet);
		const result: number = this.#run(program.fd, this.#memory);
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
		this.#writeU64(OPTIONS.data / WORD, this.#base + at);
		this.#words[OPTIONS.dataSize / WORD] = length < MOST_BYTES ? length : MOST_BYTES;
	}

	/** No whole IPv4 header: with zeros behind it, it still is none. */
	#placeShort(bytes: Buffer, at: number, length: number): void {
		this.#memory.fill(0, SHORT_AT, SHORT_AT + FEWEST_BYTES);
		bytes.copy(this.#memory, SHORT_AT, at, at + length);
		this.#writeU64(OPTIONS.data / WORD, this.#own + SHORT_AT);
		this.#words[OPTIONS.dataSize / WORD] = FEWEST_BYTES;
	}

	#describe({ wireLength, timeNs, hash, cameInBy, withoutLength }: ReplayedPacket): void {
		const words = this.#words;
		const at = this.#at;
		words[at.length] = wireLength;
		words[at.hash] = hash;
		words[at.cameInBy] = cameInBy;
		this.#writeU64(at.time, timeNs);
		words[at.segments] = withoutLength ? 1 : 0;
		words[at.segmentSize] = withoutLength ? WITHOUT_LENGTH : 0;
	}

	/** Below 2^53, as all addresses of user space are. */
	#writeU64(word: number, value: number): void {
		const high = Math.floor(value / TWO_32);
		this.#words[word] = value - high * TWO_32;
		this.#words[word + 1] = high;
	}
}
