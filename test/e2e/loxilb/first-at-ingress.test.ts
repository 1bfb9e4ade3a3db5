/** LoxiLB's programs are filters of priority 1 with handle 1, and keep the packets that they send on. */
import { afterEach, expect, test } from "vitest";
import { inNetns, run } from "../../../scripts/lab/run.ts";
import { InterfaceSet } from "../../../src/bpf/interfaces.ts";
import { check } from "../../../src/bpf/kernel-error.ts";
import { getLibbpf } from "../../../src/bpf/libbpf.ts";
import { readLinks } from "../../../src/bpf/netlink.ts";
import { inNamespace } from "../../../src/bpf/netns.ts";
import type { AttachKind } from "../../../src/bpf/target.ts";
import { defaultConfig } from "../../../src/config/schema.ts";
import { createDataPathSource } from "../../../src/sources/data-path.ts";
import { openDataPath } from "../../../src/sources/open-data-path.ts";
import { loadSource } from "../../compile-bpf.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";

const DEVICE = "client1";
const INGRESS = 1;
const SENT = 5;

describeAsRoot("beside filters at LoxiLB's place", 20_000, () => {
	const lab = withLab({ prefix: "loxfirst" });
	const closing: (() => void)[] = [];
	afterEach(async () => {
		for (const close of closing.splice(0)) close();
		await run(inNetns(lab().balancer.netns, ["tc", "qdisc", "delete", "dev", DEVICE, "clsact"]));
	});

	async function addFilter(): Promise<void> {
		const object = await loadSource(new URL("taking.bpf.c", import.meta.url));
		closing.push(() => object.close());
		await run(inNetns(lab().balancer.netns, ["tc", "qdisc", "replace", "dev", DEVICE, "clsact"]));
		const index = readLinks(lab().balancer.path).find(({ name }) => name === DEVICE)?.index ?? 0;
		const hook = { sz: 24, ifindex: index, attach_point: INGRESS, parent: 0 };
		const place = {
			...{ sz: 32, prog_fd: object.program("take").fd, flags: 0, prog_id: 0 },
			...{ handle: 1, priority: 1, _reserved: 0 },
		};
		inNamespace(lab().balancer.path, () => check(getLibbpf().bpf_tc_attach(hook, place), "attach a filter"));
	}

	function attach(kind: AttachKind) {
		const object = openDataPath({ ...defaultConfig, services: lab().services });
		const interfaces = new InterfaceSet(object, lab().interfaces, { kind, replace: true });
		closing.push(() => {
			interfaces.close();
			object.close();
		});
		interfaces.sync();
		return createDataPathSource(object, lab().services, {
			now: () => performance.now(),
			neighbours: () => [],
			firewall: async () => ({ firewall: [], firewallRules: 0, netfilter: undefined }),
			interfaces: () => interfaces.states(),
		});
	}

	async function send(): Promise<void> {
		const { vip, port } = lab().service("dns");
		const script = `for i in $(seq ${SENT}); do echo x > /dev/udp/${vip}/${port}; done`;
		await run(inNetns(lab().clients[0]?.netns ?? "", ["bash", "-c", script]));
	}

	test.each([
		["tcx", "before"],
		["tcx", "after"],
		["clsact", "before"],
	] as const)("on %s, a filter that came %s takes no packet from us", async (kind, when) => {
		if (when === "before") await addFilter();
		const source = attach(kind);
		if (when === "after") await addFilter();
		await send();
		const { services } = await source.read();
		expect(services.reduce((sum, { packets }) => sum + packets, 0)).toBe(SENT);
	});

	test("on clsact, one that comes after us with the same priority is before us", async () => {
		const source = attach("clsact");
		await addFilter();
		await send();
		const { services } = await source.read();
		expect(services.reduce((sum, { packets }) => sum + packets, 0)).toBe(0);
	});
});
