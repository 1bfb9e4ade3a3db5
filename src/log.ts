/** One line per event on stderr: key=value, quoted where it must be (logfmt). */
const LEVELS = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof LEVELS)[number];

type Field = string | number | boolean | undefined;

export interface Log {
	debug(event: string, fields?: Record<string, Field>): void;
	info(event: string, fields?: Record<string, Field>): void;
	warn(event: string, fields?: Record<string, Field>): void;
	error(event: string, fields?: Record<string, Field>): void;
}

export interface LeveledLog extends Log {
	/** From now on. */
	setLevel(level: Level): void;
}

export function createLog(
	firstLevel: Level,
	write = (line: string) => void process.stderr.write(line),
): LeveledLog {
	let level = firstLevel;
	const at =
		(own: Level) =>
		(event: string, fields: Record<string, Field> = {}) => {
			if (LEVELS.indexOf(own) >= LEVELS.indexOf(level)) write(formatLine(own, event, fields));
		};
	const setLevel = (next: Level) => {
		level = next;
	};
	return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), setLevel };
}

export interface Trouble {
	/** Logs the reason, unless it is still the last one. */
	because(reason: string): void;
	over(): void;
}

/** Something that is tried again and again: says when it begins to fail, fails otherwise, and works again. */
export function createTrouble(log: Log, event: string): Trouble {
	let current: string | undefined;
	return {
		because(reason) {
			if (reason !== current) log.error(event, { reason });
			current = reason;
		},
		over() {
			if (current !== undefined) log.info(`${event}: over`);
			current = undefined;
		},
	};
}

function formatLine(level: Level, event: string, fields: Record<string, Field>): string {
	const all = { time: new Date().toISOString(), level, event, ...fields };
	const pairs = Object.entries(all).filter(([, value]) => value !== undefined);
	return `${pairs.map(([key, value]) => `${key}=${quote(String(value))}`).join(" ")}\n`;
}

const UNESCAPED = /[\u007f-\u009f\u2028\u2029\p{Bidi_Control}]/gu;

/** JSON escapes line ends and most control characters, so that no value can forge a line or steer a terminal. */
function quote(value: string): string {
	return /^[\w.:/@%+-]+$/.test(value) ? value : JSON.stringify(value).replace(UNESCAPED, "\\ufffd");
}
