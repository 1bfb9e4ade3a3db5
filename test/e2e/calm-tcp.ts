/**
 * TCP of a lab whose packets follow from its payload. On a busy machine it else sends segments twice, for want of an early
 * answer, and nobody knows how long those were.
 */
import type { Lab } from "../../scripts/lab/lab.ts";
import { inNetns, run } from "../../scripts/lab/run.ts";

const SETTINGS = {
	/** Blocks of selective acknowledgement make some headers longer, and nobody counts which. */
	tcp_sack: 0,
	/** No probe of the tail. */
	tcp_early_retrans: 0,
	/** Segments of one connection may pass each other on two CPUs. */
	tcp_reordering: 127,
	/** Since Linux 6.11. */
	tcp_rto_min_us: 5_000_000,
};

export async function calmTcp(lab: Lab): Promise<void> {
	const lines = Object.entries(SETTINGS).map(([name, value]) => {
		const path = `/proc/sys/net/ipv4/${name}`;
		return `[ ! -e ${path} ] || echo ${value} > ${path}`;
	});
	await Promise.all(namespacesOf(lab).map((netns) => run(inNetns(netns, ["sh", "-e"]), lines.join("\n"))));
}

/** Measures again when a segment had to be sent twice all the same. */
export async function withoutRetransmission<Result>(
	lab: Lab,
	measure: () => Promise<Result>,
): Promise<Result> {
	for (let attempt = 0; attempt < 5; attempt++) {
		const before = await retransmittedSegments(lab);
		const result = await measure();
		if ((await retransmittedSegments(lab)) === before) return result;
	}
	throw new Error("Cannot measure: TCP had to send segments twice in each attempt");
}

async function retransmittedSegments(lab: Lab): Promise<number> {
	const texts = await Promise.all(
		namespacesOf(lab).map((netns) => run(inNetns(netns, ["cat", "/proc/net/snmp"]))),
	);
	return texts.reduce((sum, text) => {
		const [names = [], values = []] = [...text.matchAll(/^Tcp: (.*)$/gm)].map(([, row = ""]) =>
			row.split(" "),
		);
		return sum + Number(values[names.indexOf("RetransSegs")]);
	}, 0);
}

function namespacesOf(lab: Lab): string[] {
	return [lab.balancer, ...lab.clients, ...lab.endpoints].map(({ netns }) => netns);
}
