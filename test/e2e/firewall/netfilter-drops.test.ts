/** Real rules that drop, against the kernel's tracepoint. It sees all namespaces: others may add a few packets, less than ROUND. */
import { expect, onTestFinished, test } from "vitest";
import { netfilterDropReason } from "../../../src/firewall/drop-reason.ts";
import { openHostMaps, stopCountingDrops } from "../../../src/firewall/host-maps.ts";
import { countNetfilterDrops } from "../../../src/firewall/netfilter-drops.ts";
import { withBpffs } from "../../kernel/bpffs.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withNetns } from "../discovery/with-netns.ts";

const RULES = `table inet filter {
	chain input {
		type filter hook input priority filter
		udp dport 1000 counter drop
		udp dport 1001 drop
		udp dport 1002 reject
		udp dport 1003 accept
		tcp dport 1004 tcp flags syn drop
	}
	chain output {
		type filter hook output priority filter
		udp dport 1005 drop
	}
	chain last {
		type filter hook input priority 10; policy drop
		udp dport != 1006 accept
		meta l4proto != udp accept
	}
}`;
const ROUND = 40;

describeAsRoot("packets that netfilter drops", 30_000, () => {
	const netns = withNetns("lbscope-nf-drops");
	const pins = withBpffs();

	test.each([
		["a rule with a counter", 1000],
		["a rule without one", 1001],
		["a rule that rejects", 1002],
		["a rule for what this host sends", 1005],
		["a policy", 1006],
	])("are counted when %s does it", async (_, port) => {
		await netns.load(RULES);
		const drops = count(undefined);
		expect(await rounds(drops, () => send(port, ROUND))).toBe(1);
	});

	test("are none when packets are let through, or freed for other reasons", async () => {
		await netns.load(RULES);
		const drops = count(undefined);
		// Nobody listens: the kernel frees them with another reason.
		expect(await rounds(drops, () => send(1003, ROUND))).toBe(0);
	});

	test("are counted on while no exporter runs, and by its successor, once", async () => {
		await netns.load(RULES);
		const directory = pins();
		const first = count(directory);
		await send(1001, ROUND);
		const before = first.read() ?? 0;
		expect(before).toBeGreaterThanOrEqual(ROUND);
		first.close();
		await send(1001, ROUND);
		const second = count(directory);
		expect(inRounds((second.read() ?? 0) - before)).toBe(1);
		expect(await rounds(second, () => send(1001, ROUND))).toBe(1);
	});

	test("are counted no more when nobody asks for it, and what was counted stays", async () => {
		await netns.load(RULES);
		const directory = pins();
		const first = count(directory);
		await send(1001, ROUND);
		const before = first.read() ?? 0;
		first.close();
		stopCountingDrops(directory);
		// The kernel drops a link with its last reference, a moment later.
		await expect.poll(() => rounds(first, () => send(1001, ROUND))).toBe(0);
		const again = count(directory);
		expect(again.read()).toBeGreaterThanOrEqual(before);
		expect(await rounds(again, () => send(1001, ROUND))).toBe(1);
	});

	test("are absent, with the reason, where the kernel does not tell its number", () => {
		const maps = openHostMaps(undefined);
		onTestFinished(maps.close);
		const none = { btf: "/nowhere", formats: ["/nowhere"] };
		const drops = countNetfilterDrops(maps, netfilterDropReason(none));
		expect(drops.read()).toBeUndefined();
		expect(drops.refusal).toContain("neither by BTF nor by tracefs");
	});

	function count(directory: string | undefined) {
		const maps = openHostMaps(directory);
		const drops = countNetfilterDrops(maps, netfilterDropReason());
		expect(drops.refusal).toBeUndefined();
		let isOpen = true;
		const close = () => {
			if (isOpen) drops.close();
			isOpen = false;
		};
		onTestFinished(() => {
			close();
			maps.close();
		});
		return { ...drops, close };
	}

	/** What was dropped meanwhile. */
	async function rounds(drops: ReturnType<typeof count>, work: () => Promise<void>): Promise<number> {
		const before = drops.read() ?? Number.NaN;
		await work();
		return inRounds((drops.read() ?? Number.NaN) - before);
	}

	function inRounds(packets: number): number {
		return Math.floor(packets / ROUND);
	}

	/** UDP packets over loopback; a refused one says so at the next, which is no news. */
	async function send(port: number, packets: number): Promise<void> {
		const program = `import socket
for _ in range(${packets}):
  s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  try: s.sendto(b"", ("127.0.0.1", ${port}))
  except PermissionError: pass
  s.close()`;
		await netns.run("python3 -", program);
	}
});
