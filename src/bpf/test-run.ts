/** BPF_PROG_TEST_RUN: a program run once, by call and not by packet. */
import { check } from "./kernel-error.ts";
import { getLibbpf } from "./libbpf.ts";
import type { Program } from "./object.ts";

/** sizeof(struct bpf_test_run_opts) of libbpf 1.0; later versions accept it. */
const OPTS_SIZE = 80;

export interface PacketRun {
	/** struct __sk_buff as far as it is set; see skb-context.ts in the tests. */
	readonly context?: Buffer;
	readonly repeat?: number;
}

export interface RunResult {
	/** What the program returned, as the kernel gives it: unsigned. */
	readonly returned: number;
	/** Nanoseconds for one run, averaged over the repeats. */
	readonly durationNs: number;
}

/** Runs a tc program over one packet, link-layer header first. */
export function runOnPacket(program: Program, packet: Buffer, run: PacketRun = {}): RunResult {
	const options = packetOptions(packet, run);
	check(getLibbpf().bpf_prog_test_run_opts(program.fd, options), `run program ${program.name}`);
	return { returned: options.retval, durationNs: options.duration };
}

/** The same on a thread of its own, so that several run at once. */
export async function runOnPacketAside(program: Program, packet: Buffer, run: PacketRun = {}): Promise<void> {
	await runAside(program, packetOptions(packet, run), [packet, run.context]);
}

function packetOptions(packet: Buffer, { context, repeat = 1 }: PacketRun) {
	return {
		...emptyOptions(),
		data_in: packet,
		data_size_in: packet.length,
		ctx_in: context ?? null,
		ctx_size_in: context?.length ?? 0,
		repeat,
	};
}

/**
 * Runs a syscall program on a thread of its own, with `context` as its argument: the event loop goes on. The program
 * writes its answer into `context`.
 */
export async function runSyscall(program: Program, context: Buffer): Promise<void> {
	await runAside(program, { ...emptyOptions(), ctx_in: context, ctx_size_in: context.length }, [context]);
}

/** koffi does not keep a Buffer alive during an asynchronous call: this does. */
const held = new Set<readonly (Buffer | undefined)[]>();

async function runAside(
	program: Program,
	options: object,
	buffers: readonly (Buffer | undefined)[],
): Promise<void> {
	held.add(buffers);
	try {
		check(await callAsync(program.fd, options), `run program ${program.name}`);
	} finally {
		held.delete(buffers);
	}
}

function callAsync(fd: number, options: object): Promise<number> {
	return new Promise((resolve, reject) => {
		getLibbpf().bpf_prog_test_run_opts.async(fd, options, (error: Error | null, result: number) => {
			if (error) reject(error);
			else resolve(result);
		});
	});
}

function emptyOptions() {
	return {
		sz: OPTS_SIZE,
		data_in: null as Buffer | null,
		data_out: null,
		data_size_in: 0,
		data_size_out: 0,
		ctx_in: null as Buffer | null,
		ctx_out: null,
		ctx_size_in: 0,
		ctx_size_out: 0,
		retval: 0,
		repeat: 0,
		duration: 0,
		flags: 0,
		cpu: 0,
		batch_size: 0,
	};
}
