/** Counters of pairs as lbscope has them: made up, and the same at every run. */
export interface PairSeries {
	/** One line for each series, all growing as traffic does: many a little, few a lot, a third of them not at all. */
	page(): string;
	readonly count: number;
}

const SERVICES = 10;
const ENDPOINTS = 5;
/** Part of the pairs that has traffic between two scrapes. */
const BUSY = 0.67;

/** Two series for each pair. */
export function pairSeries(pairs: number): PairSeries {
	const labels = Array.from({ length: pairs }, (_, i) => labelsOf(i));
	const bytes = new Float64Array(pairs);
	const packets = new Float64Array(pairs);
	const random = generator(1);
	return {
		count: 2 * pairs,
		page() {
			for (let i = 0; i < pairs; i++) {
				if (random() > BUSY) continue;
				// Log-uniform: 1 to 10,000 packets of 60 to 1,460 bytes.
				const more = Math.floor(10 ** (4 * random()));
				packets[i] = (packets[i] ?? 0) + more;
				bytes[i] = (bytes[i] ?? 0) + more * Math.floor(60 + 1400 * random());
			}
			return (
				textOf("lb_rule_interaction_bytes", labels, bytes) +
				textOf("lb_rule_interaction_packets", labels, packets)
			);
		},
	};
}

function textOf(name: string, labels: readonly string[], values: Float64Array): string {
	return `# TYPE ${name} counter\n${labels.map((each, i) => `${name}${each} ${values[i]}\n`).join("")}`;
}

function labelsOf(i: number): string {
	const service = `10.99.0.${i % SERVICES}:443`;
	const sip = `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
	return `{service="${service}",sip="${sip}",dip="10.20.${i % SERVICES}.${i % ENDPOINTS}"}`;
}

/** xorshift32: 0 to 1. */
function generator(seed: number): () => number {
	let state = seed;
	return () => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return (state >>> 0) / 2 ** 32;
	};
}
