/** Where services come from. */
import type { Service } from "../model/service.ts";

/** A service as a source knows it. */
export interface Discovered {
	readonly service: Service;
	/** What else lbscope_service_info says of it; empty where the source does not know. */
	readonly namespace: string;
	readonly name: string;
	readonly type: string;
	/** Verdicts of the source about endpoints, by `address:port` (hostPort() of model/address.ts); absent: it has none. */
	readonly healthy: ReadonlyMap<string, boolean>;
}

/** A source of services delivers full lists, never differences: one at once when it can, then one whenever something changed, or can be asked again. */
export interface Discovery {
	readonly name: string;
	/** `deliver` gets the full list; `failed` why the list may be out of date, each time that it is tried in vain. What was delivered stays valid. */
	start(deliver: (services: readonly Discovered[]) => void, failed: (reason: string) => void): void;
	/** Nothing is delivered after it. */
	stop(): Promise<void>;
}
