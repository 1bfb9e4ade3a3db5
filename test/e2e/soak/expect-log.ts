/** What an exporter may have logged. */
import { expect } from "vitest";

const LINE = /^time=\S+ level=(\w+) event=/;

/** Every line is an event, and those that warn are explained by faults. */
export function expectLog(log: string, explains: readonly RegExp[]): void {
	const lines = log.split("\n").filter((line) => line !== "");
	const unexplained = lines.filter((line) => {
		const level = LINE.exec(line)?.[1];
		if (level === undefined) return true;
		return level !== "info" && !explains.some((explanation) => explanation.test(line));
	});
	expect(unexplained, "log lines that no fault explains").toEqual([]);
}
