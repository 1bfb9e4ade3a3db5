/** As much of a Dockerfile as ours has. */

export interface Stage {
	/** The image that it begins with, arguments filled in. */
	readonly from: string;
	readonly name: string | undefined;
	readonly steps: readonly Step[];
}

export interface Step {
	readonly instruction: string;
	readonly text: string;
}

/** @throws at an instruction that these tests do not carry out */
export function parseDockerfile(text: string, values: Readonly<Record<string, string>> = {}): Stage[] {
	const variables: Record<string, string> = {};
	const stages: (Stage & { steps: Step[] })[] = [];
	for (const step of instructionsOf(text)) {
		const filled = step.text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => variables[name] ?? "");
		if (step.instruction === "ARG") {
			const [name = "", value = ""] = step.text.split("=");
			variables[name] = values[name] ?? value;
		} else if (step.instruction === "FROM") {
			const [from = "", , name] = filled.split(" ");
			stages.push({ from, name, steps: [] });
		} else {
			stages.at(-1)?.steps.push({ instruction: step.instruction, text: filled });
		}
	}
	return stages;
}

function instructionsOf(text: string): Step[] {
	return text
		.split("\n")
		.filter((line) => line.trim() !== "" && !line.startsWith("#"))
		.map((line) => {
			const [, instruction = "", rest = ""] = /^([A-Z]+) +(.*[^\\])$/.exec(line) ?? [];
			if (instruction === "") throw new Error(`Cannot read the Dockerfile: ${line}`);
			return { instruction, text: rest };
		});
}

/** What follows an instruction that takes a list. */
export function wordsOf({ text }: Step): string[] {
	return text.startsWith("[") ? JSON.parse(text) : text.split(" ");
}
