/** What libbpf prints: kept for the error message that follows, instead of on stderr. */
import koffi from "koffi";
import { getLibbpf, getLibc, type Pointer } from "./libbpf.ts";

/** enum libbpf_print_level */
const LIBBPF_DEBUG = 2;
const MAX_MESSAGES = 200;
const MAX_BYTES = 8192;

let messages: string[] = [];
let collector: Pointer;

/** The messages since the last call; the first call begins to collect them. */
export function takeLibbpfMessages(): string[] {
	if (collector === undefined) {
		collector = koffi.register(collect, koffi.pointer("libbpf_print"));
		getLibbpf().libbpf_set_print(collector);
	}
	const taken = messages;
	messages = [];
	return taken;
}

/** For calls on another thread, which would wait for ours at each message. */
export async function withoutMessages<T>(work: () => Promise<T>): Promise<T> {
	takeLibbpfMessages();
	getLibbpf().libbpf_set_print(null);
	try {
		return await work();
	} finally {
		getLibbpf().libbpf_set_print(collector);
	}
}

function collect(level: number, format: string, valueList: unknown): number {
	if (level === LIBBPF_DEBUG) return 0;
	const buffer = Buffer.alloc(MAX_BYTES);
	const length = getLibc().vsnprintf(buffer, MAX_BYTES, format, valueList);
	const text = buffer.toString("utf8", 0, Math.min(length, MAX_BYTES - 1));
	messages.push(...text.split("\n").filter((line) => line.trim() !== ""));
	messages = messages.slice(-MAX_MESSAGES);
	return 0;
}
