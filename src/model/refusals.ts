/** Why a client is turned away. connection: no room for it, or no certificate as wanted. busy: too many requests, scrapes or passwords. */
export const REFUSALS = ["connection", "credentials", "busy"] as const;
export type Refusal = (typeof REFUSALS)[number];
