/** What the doctor finds. */
import type { Need } from "../bpf/kernel-error.ts";
import type { Config } from "../config/config.ts";

export type Status = "ok" | "warn" | "fail";

export interface Fact {
	readonly status: Status;
	readonly text: string;
	/** What to do about it. */
	readonly todo?: string;
}

/** What is looked at. */
export interface Patient {
	readonly config: Config;
	/** What a run goes on needing after its start, beyond what loading needs. */
	readonly needs: readonly Need[];
}

export type Check = (patient: Patient) => readonly Fact[] | Promise<readonly Fact[]>;

export function ok(text: string): Fact {
	return { status: "ok", text };
}

export function warn(text: string, todo: string): Fact {
	return { status: "warn", text, todo };
}

export function fail(text: string, todo: string): Fact {
	return { status: "fail", text, todo };
}
