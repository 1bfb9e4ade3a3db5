/** A load balancer that routes between its clients and its endpoints. */
import { describeExactness } from "./expect-exact.ts";

describeExactness("destination NAT", { prefix: "xplain" });
describeExactness("destination NAT with masquerade", { prefix: "xmasq", masquerade: true });
