/** What a fault is, and what it acts on. */
import type { Page } from "../page.ts";
import type { Ground } from "./ground.ts";
import type { Client } from "./load.ts";
import type { Random } from "./random.ts";
import type { WatchedExporter } from "./watched-exporter.ts";
import type { Wire } from "./wire.ts";

export interface Scene {
	readonly ground: Ground;
	readonly watched: WatchedExporter;
	readonly wire: Wire;
	readonly random: Random;
	/** How many faults there were before this one. */
	readonly turn: number;
	/** Conversations besides those of the load, for what is expected in the end. */
	conversed(service: string, count: number): void;
}

export interface Fault {
	readonly name: string;
	/** Whose traffic passes meanwhile. */
	readonly clients: readonly Client[];
	/** Log lines of level warn and error that it explains. */
	readonly explains?: RegExp;
	/** The exporter ends; such faults stand in no stretch in which one exporter is to live on. */
	readonly endsExporter?: true;
	/** Gives what was seen, for the log of the soak. */
	run(scene: Scene): Promise<string>;
	/** When the load has ended and its counts are right. */
	afterwards?(scene: Scene): Promise<void>;
}

export function requestsOf(page: Page, service: string): number {
	return page.value("total_requests_per_service", { service });
}
