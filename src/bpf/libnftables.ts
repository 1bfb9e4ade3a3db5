/** The nftables rules of a namespace as JSON, by libnftables: no process is started. */
import koffi, { type KoffiFunc } from "koffi";
import type { Pointer } from "./libbpf.ts";
import { inNamespace } from "./netns.ts";
import { readRulesetGeneration } from "./nft-generation.ts";

const FILE = "libnftables.so.1";
/** NFT_CTX_DEFAULT */
const DEFAULT_CONTEXT = 0;
/** enum of nftables/libnftables.h, NFT_CTX_OUTPUT_* */
const OUTPUT_JSON = 1 << 4;
/** Sets and maps without their elements. */
const OUTPUT_TERSE = 1 << 11;

const FUNCTIONS = {
	nft_ctx_new: "void *nft_ctx_new(uint32_t flags)",
	nft_ctx_free: "void nft_ctx_free(void *context)",
	nft_ctx_output_set_flags: "void nft_ctx_output_set_flags(void *context, unsigned int flags)",
	nft_ctx_buffer_output: "int nft_ctx_buffer_output(void *context)",
	nft_ctx_buffer_error: "int nft_ctx_buffer_error(void *context)",
	nft_ctx_get_output_buffer: "const void *nft_ctx_get_output_buffer(void *context)",
	nft_ctx_get_error_buffer: "const char *nft_ctx_get_error_buffer(void *context)",
	nft_run_cmd_from_buffer: "int nft_run_cmd_from_buffer(void *context, const char *command)",
	// Of the C library, which every library brings along.
	strlen: "size_t strlen(const void *text)",
	memcpy: "void *memcpy(uint8_t *to, const void *from, size_t size)",
} as const;

// biome-ignore lint/suspicious/noExplicitAny: C functions, typed by their declarations above
type CFunction = KoffiFunc<(...values: any[]) => any>;
type Library = { readonly [Name in keyof typeof FUNCTIONS]: CFunction };

export interface ListOptions {
	/** File of the network namespace; undefined: the own one. */
	readonly netns: string | undefined;
	/** Whether the elements of named sets and maps are wanted. */
	readonly elements: boolean;
	/** Undefined: all tables. */
	readonly table?: Table | undefined;
}

export interface Table {
	readonly family: string;
	readonly name: string;
}

/** Other programs may give tables any name, but the language of nftables knows no quotes around one. */
export function canBeListed({ name }: Table): boolean {
	return /^[A-Za-z_][\w./-]*$/.test(name);
}

let library: Library | undefined;
/** libnftables keeps caches in globals, so that two threads must not be in it at once. */
let busy: Promise<unknown> = Promise.resolve();

/** UTF-8 text, `{"nftables": [...]}`. Read on another thread. */
export function listRuleset(options: ListOptions): Promise<Buffer> {
	const listed = busy.then(() => list(options));
	busy = listed.catch(() => {});
	return listed;
}

async function list({ netns, elements, table }: ListOptions): Promise<Buffer> {
	const nft = getLibrary();
	// libnftables calls exit() when it gets no netlink socket, so one of our own is tried first.
	readRulesetGeneration(netns);
	// Its socket is made with the context and stays in the namespace of its birth, whatever thread uses it.
	const context = inNamespace(netns, () => nft.nft_ctx_new(DEFAULT_CONTEXT));
	if (!context) throw new Error("Cannot list nftables rules: libnftables gives no context");
	try {
		nft.nft_ctx_output_set_flags(context, elements ? OUTPUT_JSON : OUTPUT_JSON | OUTPUT_TERSE);
		if (nft.nft_ctx_buffer_output(context) !== 0 || nft.nft_ctx_buffer_error(context) !== 0)
			throw new Error("Cannot list nftables rules: libnftables gives no buffer");
		await run(nft, context, table ? `list table ${table.family} ${table.name}` : "list ruleset");
		return copyText(nft.nft_ctx_get_output_buffer(context));
	} finally {
		nft.nft_ctx_free(context);
	}
}

function run(nft: Library, context: Pointer, command: string): Promise<void> {
	return new Promise((resolve, reject) => {
		nft.nft_run_cmd_from_buffer.async(context, command, (error: Error | null, result: number) => {
			if (error) return reject(error);
			if (result === 0) return resolve();
			const message = String(nft.nft_ctx_get_error_buffer(context)).trim().split("\n")[0];
			reject(new Error(`Cannot ${command} of nftables: ${message}`));
		});
	});
}

/** The text belongs to the context, which is freed. */
function copyText(text: Pointer): Buffer {
	const { strlen, memcpy } = getLibrary();
	const copy = Buffer.allocUnsafe(Number(strlen(text)));
	memcpy(copy, text, copy.length);
	return copy;
}

export function hasLibnftables(): boolean {
	try {
		getLibrary();
		return true;
	} catch {
		return false;
	}
}

function getLibrary(): Library {
	library ??= declare();
	return library;
}

function declare(): Library {
	try {
		const file = koffi.load(FILE);
		const declared = Object.entries(FUNCTIONS).map(([name, text]) => [name, file.func(text)]);
		return Object.fromEntries(declared);
	} catch (error) {
		const reason = (error as Error).message;
		throw new Error(`Cannot load ${FILE}: ${reason}, expected libnftables (Debian and Ubuntu: libnftables1)`);
	}
}
