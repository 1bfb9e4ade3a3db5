/** Clients behind VLAN devices: a packet crosses parent and VLAN and is counted once, on the parent. */
import type { Lab } from "../../../../scripts/lab/lab.ts";
import type { Site } from "../../../../scripts/lab/plan.ts";
import { inNetns, run } from "../../../../scripts/lab/run.ts";
import { moveAddresses } from "../../../../scripts/lab/topology.ts";
import { describeExactness } from "../../exact/expect-exact.ts";

const ID = 10;

describeExactness("over VLAN devices", { prefix: "xvlan" }, async (lab) => {
	for (const client of lab.clients) await tag(lab, client);
	return lab;
});

async function tag(lab: Lab, { netns, ...site }: Site): Promise<void> {
	const ends = [
		{ at: lab.balancer.netns, parent: site.port },
		{ at: netns, parent: "eth0" },
	];
	for (const { at, parent } of ends) {
		const vlan = ["link", parent, "name", `${parent}.${ID}`, "type", "vlan", "id", String(ID)];
		await run(inNetns(at, ["ip", "link", "add", ...vlan]));
	}
	await moveAddresses(lab.balancer, { netns, ...site }, { port: `${site.port}.${ID}`, device: `eth0.${ID}` });
}
