/**
 * A client behind a bond that takes its two members in turn, and one behind a VLAN device: a packet crosses two devices,
 * and is counted once, on the lower one.
 */
import type { Lab } from "../../../../scripts/lab/lab.ts";
import type { Site } from "../../../../scripts/lab/plan.ts";
import { inNetns, run } from "../../../../scripts/lab/run.ts";
import { moveAddresses } from "../../../../scripts/lab/topology.ts";
import { describeExactness } from "../../exact/expect-exact.ts";

const SECOND = { port: "client1b", device: "eth1" };
const QUIET = "tso off gso off gro off tx off rx off";
const VLAN = 10;

describeExactness("over a bond, and over a VLAN", { prefix: "xstacked" }, async (lab) => {
	const [bonded, tagged] = lab.clients as readonly [Site, Site];
	await bond(lab, bonded);
	await tag(lab, tagged);
	return withPort(lab, SECOND.port);
});

async function bond(lab: Lab, client: Site): Promise<void> {
	const near = ["name", SECOND.port, "netns", lab.balancer.netns];
	const far = ["name", SECOND.device, "netns", client.netns];
	await run(["ip", "link", "add", ...near, "type", "veth", "peer", ...far]);
	await bondInside(lab.balancer.netns, [client.port, SECOND.port], client.gatewayMac);
	await bondInside(client.netns, ["eth0", SECOND.device], client.mac);
	await moveAddresses(lab.balancer, client, { port: "bond0", device: "bond0" });
}

async function bondInside(netns: string, members: readonly string[], mac: string): Promise<void> {
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

async function tag(lab: Lab, client: Site): Promise<void> {
	const ends = [
		{ netns: lab.balancer.netns, parent: client.port },
		{ netns: client.netns, parent: "eth0" },
	];
	for (const { netns, parent } of ends) {
		const vlan = `link add link ${parent} name ${parent}.${VLAN} type vlan id ${VLAN}`;
		await run(inNetns(netns, ["ip", ...vlan.split(" ")]));
	}
	await moveAddresses(lab.balancer, client, {
		port: `${client.port}.${VLAN}`,
		device: `eth0.${VLAN}`,
	});
}

function withPort(lab: Lab, name: string): Lab {
	return { ...lab, interfaces: [...lab.interfaces, { name, netns: lab.balancer.path, side: "client" }] };
}
