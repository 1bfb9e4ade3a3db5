/** Says each reason once: the source is read again every few seconds, and would repeat itself. */
export function sayOnce(say: (reason: string) => void): (kind: string, example?: string) => void {
	const said = new Set<string>();
	return (kind, example) => {
		if (said.has(kind)) return;
		said.add(kind);
		say(example === undefined ? kind : `${kind} (first seen: ${example})`);
	};
}
