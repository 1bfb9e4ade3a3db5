/** Rules as kube-proxy writes them: client 1 is a pod and keeps its address, client 2 comes from outside and is masqueraded. */
import { describeExactness } from "../exact/expect-exact.ts";

describeExactness("kube-proxy: iptables-legacy", { prefix: "xiptlegacy", rules: "iptables-legacy" });
describeExactness("kube-proxy: iptables-nft", { prefix: "xiptnft", rules: "iptables-nft" });
