/** How handshakes with the endpoints end, as the data path has seen them: a health check that sends nothing. */
import type { ErrorReason } from "./reading.ts";

export interface Handshakes {
	/** In a row: none was completed since. */
	readonly failed: number;
	/** Of the last that failed; undefined: none ever did. */
	readonly reason: ErrorReason | undefined;
	/** Whether one ever was. */
	readonly completed: boolean;
}

/** By endpoint: endpointKey() of service.ts. */
export type HandshakesByEndpoint = ReadonlyMap<string, Handshakes>;
