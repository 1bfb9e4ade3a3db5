/** A program on a tracepoint of the kernel, by a link. */
import { closeSync } from "node:fs";
import { check } from "./kernel-error.ts";
import { getLibbpf } from "./libbpf.ts";
import type { Program } from "./object.ts";
import { openPin, pin } from "./pins.ts";

export interface TracepointLink {
	/** Without a pin the program is off now. */
	close(): void;
}

/**
 * `path`: where the link is pinned, if it is to outlive this process. One that is pinned there already stays as it is: of
 * such links the kernel lets nobody change the program, and two at once would count twice.
 */
export function attachTracepoint(program: Program, tracepoint: string, path?: string): TracepointLink {
	const pinned = path === undefined ? undefined : openPin(path);
	const fd = pinned ?? open(program, tracepoint);
	const close = () => closeSync(fd);
	if (path === undefined || pinned !== undefined) return { close };
	try {
		pin(fd, path);
	} catch (error) {
		close();
		throw error;
	}
	return { close };
}

function open({ name, fd }: Program, tracepoint: string): number {
	return check(getLibbpf().bpf_raw_tracepoint_open(tracepoint, fd), `attach ${name} to ${tracepoint}`);
}
