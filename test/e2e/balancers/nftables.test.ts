/** A load balancer that routes between its clients and its endpoints. */
import { describeExactness } from "../exact/expect-exact.ts";

describeExactness("nftables: DNAT", { prefix: "xplain" });
describeExactness("nftables: DNAT and masquerade", { prefix: "xmasq", masquerade: true });
