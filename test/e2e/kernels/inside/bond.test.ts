/** A client behind a bond that takes its two members in turn: a packet crosses member and bond and is counted once. */
import type { Lab } from "../../../../scripts/lab/lab.ts";
import type { Site } from "../../../../scripts/lab/plan.ts";
import { inNetns, run } from "../../../../scripts/lab/run.ts";
import { moveAddresses } from "../../../../scripts/lab/topology.ts";
import { describeExactness } from "../../exact/expect-exact.ts";

const SECOND = { port: "client1b", device: "eth1" };
const QUIET = "tso off gso off gro off tx off rx off";

describeExactness("over a bond", { prefix: "xbond" }, async (lab) => {
	const client = lab.clients[0] as Site;
	const far = `${SECOND.device} netns ${client.netns}`.split(" ");
	const near = `${SECOND.port} netns ${lab.balancer.netns}`.split(" ");
	await run(["ip", "link", "add", ...near, "type", "veth", "peer", "name", ...far]);
	await bond(lab.balancer.netns, [client.port, SECOND.port], client.gatewayMac);
	await bond(client.netns, ["eth0", SECOND.device], client.mac);
	await moveAddresses(lab.balancer, client, { port: "bond0", device: "bond0" });
	return withPort(lab, SECOND.port);
});

async function bond(netns: string, members: readonly string[], mac: string): Promise<void> {
	const script = [
		// Else the module makes a bond0 of its own in the first namespace.
		"modprobe bonding max_bonds=0",
		`ip link add bond0 address ${mac} type bond mode balance-rr`,
		...members.flatMap((member) => [
			`ethtool -K ${member} ${QUIET} >/dev/null`,
			`echo 1 > /proc/sys/net/ipv6/conf/${member}/disable_ipv6`,
			`ip addr flush dev ${member}`,
			`ip link set ${member} down`,
			`ip link set ${member} master bond0`,
		]),
	];
	await run(inNetns(netns, ["sh", "-e"]), `${script.join("\n")}\n`);
}

function withPort(lab: Lab, name: string): Lab {
	return { ...lab, interfaces: [...lab.interfaces, { name, netns: lab.balancer.path, side: "client" }] };
}
