import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLog, createTrouble, type Level } from "../src/log.ts";

function lines(level: Level, write: (log: ReturnType<typeof createLog>) => void): string[] {
	const written: string[] = [];
	write(createLog(level, (line) => void written.push(line.replace(/^time=\S+ /, ""))));
	return written;
}

function textOf(value: string): string {
	const [line = ""] = lines("info", (log) => log.info("e", { value }));
	return line.replace("level=info event=e value=", "");
}

it("has another level from one line to the next", () => {
	const written = lines("warn", (log) => {
		log.info("before");
		log.setLevel("info");
		log.info("after");
		log.debug("never");
	});
	expect(written).toEqual(["level=info event=after\n"]);
});

describe("a line", () => {
	it("is time, level, event and fields", () => {
		const written: string[] = [];
		createLog("info", (line) => void written.push(line)).info("attached", { interface: "eth0", by: "tcx" });
		expect(written).toEqual([
			expect.stringMatching(
				/^time=\d{4}-\d\d-\d\dT[\d:.]+Z level=info event=attached interface=eth0 by=tcx\n$/,
			),
		]);
	});

	it("leaves out what is undefined, and keeps what is false or zero", () => {
		const [line] = lines("info", (log) => log.info("e", { a: undefined, b: false, c: 0 }));
		expect(line).toBe("level=info event=e b=false c=0\n");
	});

	it.each([
		["eth0.5", "eth0.5"],
		["[::]:8080", '"[::]:8080"'],
		["two words", '"two words"'],
		["", '""'],
		['a"b', '"a\\"b"'],
		["a=b", '"a=b"'],
		["a\\b", '"a\\\\b"'],
		["a\nlevel=error", '"a\\nlevel=error"'],
		["\u001b[31mred", '"\\u001b[31mred"'],
		["\u009b31mred", '"\\ufffd31mred"'],
		["\u007f", '"\\ufffd"'],
	])("quotes %j where it must", (value, text) => {
		expect(textOf(value)).toBe(`${text}\n`);
	});

	it("stays one line without control characters, whatever the value", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), (value) => {
				// biome-ignore lint/suspicious/noControlCharactersInRegex: they are the subject
				expect(textOf(value)).toMatch(/^[^\u0000-\u001f\u007f-\u009f]+\n$/);
			}),
		);
	});
});

describe("a level", () => {
	it.each([
		["debug", ["debug", "info", "warn", "error"]],
		["info", ["info", "warn", "error"]],
		["warn", ["warn", "error"]],
		["error", ["error"]],
	] as const)("%s shows itself and what is worse", (level, shown) => {
		const written = lines(level, (log) => {
			for (const own of ["debug", "info", "warn", "error"] as const) log[own]("e");
		});
		expect(written).toEqual(shown.map((own) => `level=${own} event=e\n`));
	});
});

describe("a trouble", () => {
	it("is told when it begins, when its reason changes, and when it is over", () => {
		const written = lines("info", (log) => {
			const trouble = createTrouble(log, "poll failed");
			trouble.over();
			trouble.because("a");
			trouble.because("a");
			trouble.because("b");
			trouble.over();
			trouble.over();
			trouble.because("b");
		});
		expect(written).toEqual([
			'level=error event="poll failed" reason=a\n',
			'level=error event="poll failed" reason=b\n',
			'level=info event="poll failed: over"\n',
			'level=error event="poll failed" reason=b\n',
		]);
	});
});
