/** Every family of the page, in its order. */
import { CONNECTIONS } from "./connections.ts";
import { DISTRIBUTION } from "./distribution.ts";
import { ENDPOINT_HEALTH } from "./endpoint-health.ts";
import type { Family } from "./family.ts";
import { FIREWALL } from "./firewall.ts";
import { LCU } from "./lcu.ts";
import { LOAD_BALANCER } from "./load-balancer.ts";
import { OWN_DATA_PATH } from "./own-data-path.ts";
import { OWN_HEALTH } from "./own-health.ts";
import { OWN_LOXILB } from "./own-loxilb.ts";
import { OWN_SERVICES } from "./own-services.ts";
import { RPS } from "./rps.ts";
import { SYSTEM } from "./system.ts";
import { TRAFFIC } from "./traffic.ts";

export const CATALOGUE: readonly Family[] = [
	...CONNECTIONS,
	...LOAD_BALANCER,
	...ENDPOINT_HEALTH,
	...TRAFFIC,
	...SYSTEM,
	...FIREWALL,
	...DISTRIBUTION,
	...RPS,
	...LCU,
	...OWN_DATA_PATH,
	...OWN_SERVICES,
	...OWN_HEALTH,
	...OWN_LOXILB,
];
