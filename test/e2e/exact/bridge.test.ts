/** Clients on the ports of a bridge: a packet crosses port and bridge and is counted once, on the port. */
import { describeExactness } from "./expect-exact.ts";

describeExactness("over a bridge", { prefix: "xbridge", bridge: { netfilter: false } });
describeExactness("over a bridge with br_netfilter", { prefix: "xbridgenf", bridge: { netfilter: true } });
