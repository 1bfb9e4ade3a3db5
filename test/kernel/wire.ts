/** Two namespaces joined by a veth pair: an interface to attach to, and packets that pass it. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll } from "vitest";
import { inNetns, run } from "../../scripts/lab/run.ts";
import { readLinks } from "../../src/bpf/netlink.ts";
import type { Target } from "../../src/bpf/target.ts";

export const DEVICE = "here0";

/** Bursts that the queue of a veth (1,000 packets) takes: what is dropped would be seen once more than it is counted. */
const SENDER = `
import socket, sys, time
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
end = time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    for _ in range(20):
        sender.sendto(b"x" * 64, (sys.argv[1], 9))
    time.sleep(0.0005)
`;

export interface Wire {
	/** Name of the namespace, with the interface here0. */
	readonly netns: string;
	/** The namespace of its peer, there0. */
	readonly far: string;
	/** here0 as it is now. */
	target(): Target;
	/** One command of ip(8) in the namespace. */
	ip(command: string): Promise<string>;
	makePair(index?: number): Promise<void>;
	/** Packets that passed here0 in both directions, as the device counts them. */
	packets(): Promise<number>;
	/** Sends in both directions at once. */
	talk(seconds: number): Promise<void>;
}

/** Inside describe(). `name`: 1 to 6 letters, as interfaces and namespaces of other suites have others. */
export function withWire(name: string): Wire {
	const [netns, far] = [`lbs-${name}-here`, `lbs-${name}-there`];
	const wire = createWire(netns, far);
	const remove = async () => {
		for (const each of [netns, far]) await run(["ip", "netns", "delete", each]).catch(() => "there is none");
	};
	beforeAll(async () => {
		await remove();
		for (const each of [netns, far]) await run(["ip", "netns", "add", each]);
		await wire.makePair();
	});
	afterAll(remove);
	return wire;
}

function createWire(netns: string, far: string): Wire {
	const path = `/run/netns/${netns}`;
	const indexOf = () => readLinks(path).find((link) => link.name === DEVICE)?.index;
	return {
		netns,
		far,
		target: () => ({ name: DEVICE, index: indexOf() ?? 0, netns: path }),
		ip: (command) => run(["ip", "-n", netns, ...command.split(" ")]),
		async makePair(index) {
			if (indexOf() !== undefined) await run(["ip", "-n", netns, "link", "delete", DEVICE]);
			const pair = `link add ${DEVICE} ${index === undefined ? "" : `index ${index}`} type veth peer name there0`;
			await run(["ip", "-n", netns, "-batch", "-"], `${pair} netns ${far}\n`);
			await bringUp(netns, DEVICE, "192.0.2.1");
			await bringUp(far, "there0", "192.0.2.2");
		},
		async packets() {
			const [link] = JSON.parse(await run(["ip", "-n", netns, "-s", "-j", "link", "show", "dev", DEVICE]));
			const { rx, tx } = link.stats64;
			return rx.packets + tx.packets;
		},
		async talk(seconds) {
			const send = (from: string, to: string) =>
				run(inNetns(from, ["python3", "-c", SENDER, to, String(seconds)]));
			await Promise.all([send(netns, "192.0.2.2"), send(far, "192.0.2.1")]);
			await untilStill(() => this.packets());
		},
	};
}

/** Without IPv6 nothing is sent but what the test sends, and ARP. */
async function bringUp(netns: string, device: string, address: string): Promise<void> {
	await run(inNetns(netns, ["sysctl", "-qw", `net.ipv6.conf.${device}.disable_ipv6=1`]));
	const commands = [`addr add ${address}/24 dev ${device}`, `link set ${device} up`];
	await run(["ip", "-n", netns, "-batch", "-"], `${commands.join("\n")}\n`);
}

async function untilStill(count: () => Promise<number>): Promise<void> {
	for (let before = -1, now = await count(); now !== before; now = await count()) {
		before = now;
		await sleep(100);
	}
}
