/** The guest's NICs in the place of a lab's veth pairs: see scripts/kernels/boot.sh. */
import { readdir } from "node:fs/promises";
import type { Lab } from "../../../../scripts/lab/lab.ts";
import type { Site } from "../../../../scripts/lab/plan.ts";
import { inNetns, run } from "../../../../scripts/lab/run.ts";
import { moveAddresses } from "../../../../scripts/lab/topology.ts";

const DRIVER = "/sys/bus/virtio/drivers/virtio_net";

/** In the order of the machine, two of a pair side by side. */
async function nics(): Promise<string[]> {
	await run(["modprobe", "virtio_net"]);
	const devices = (await readdir(DRIVER)).filter((name) => /^virtio\d+$/.test(name));
	devices.sort((a, b) => Number(a.slice(6)) - Number(b.slice(6)));
	return (await Promise.all(devices.map((device) => readdir(`${DRIVER}/${device}/net`)))).flat();
}

/** A pair for each of these sites. */
export async function putNics(lab: Lab, sites: readonly Site[]): Promise<void> {
	const names = await nics();
	if (names.length < 2 * sites.length)
		throw new Error(`Cannot replace ${sites.length} links: NICs are ${names}`);
	for (const [index, site] of sites.entries()) {
		await lab.cutLink(site.port);
		await put(names[2 * index] ?? "", lab.balancer.netns, site.port, site.gatewayMac);
		await put(names[2 * index + 1] ?? "", site.netns, "eth0", site.mac);
		await moveAddresses(lab.balancer, site, { port: site.port, device: "eth0" });
	}
}

/** Before the lab's namespaces go: the NICs would come back under names that the next lab wants for its own links. */
export async function takeNicsBack(lab: Lab, sites: readonly Site[]): Promise<void> {
	for (const [index, site] of sites.entries()) {
		await takeBack(lab.balancer.netns, site.port, `nic${2 * index}`);
		await takeBack(site.netns, "eth0", `nic${2 * index + 1}`);
	}
}

async function takeBack(netns: string, name: string, nic: string): Promise<void> {
	await run(inNetns(netns, ["ip", "link", "set", name, "down"]));
	await run(inNetns(netns, ["ip", "link", "set", name, "netns", "1", "name", nic]));
}

async function put(nic: string, netns: string, name: string, mac: string): Promise<void> {
	await run(["ip", "link", "set", nic, "netns", netns, "name", name]);
	await run(inNetns(netns, ["ip", "link", "set", name, "address", mac]));
}
