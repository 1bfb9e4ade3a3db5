/** Schemas of single values. Each message is what was expected: the report puts "port is 0, expected" in front. */
import { posix } from "node:path";
import { z } from "zod";
import { formatAddress, parseAddress } from "../model/address.ts";
import { parseDuration } from "./duration.ts";
import { findUnfitCharacter } from "./unfit-character.ts";

/** Says what would have been right. Its result stands for the value that there is none of. */
export type Refuse = (expected: string) => never;

export function scalar<T>(read: (value: unknown, refuse: Refuse) => T) {
	return z.unknown().transform(
		(value, context): T =>
			read(value, (expected) => {
				context.addIssue({ code: "custom", message: expected });
				return z.NEVER;
			}),
	);
}

export function text(expected: string, isRight: (value: string) => boolean) {
	return scalar((value, refuse) => {
		if (typeof value === "number" || typeof value === "boolean") return refuse(`text: write "${value}"`);
		return typeof value === "string" && isRight(value) ? value : refuse(expected);
	});
}

export function integer(min: number, max: number) {
	return scalar((value, refuse) => {
		if (typeof value !== "number") return refuse(`a decimal number, ${min} to ${max}`);
		return value >= min && value <= max ? value : refuse(`${min} to ${max}`);
	});
}

export function oneOf<const T extends string>(words: readonly T[]) {
	return scalar((value, refuse) => words.find((word) => word === value) ?? refuse(alternatives(words)));
}

export const trueOrFalse = scalar((value, refuse) =>
	typeof value === "boolean" ? value : refuse("true or false"),
);

export const trueFalseOrAuto = scalar((value, refuse): boolean | "auto" => {
	return typeof value === "boolean" || value === "auto" ? value : refuse("true, false or auto");
});

export const port = integer(1, 65535);

export function duration(min: string, max: string) {
	const [minMs = 0, maxMs = 0] = [parseDuration(min), parseDuration(max)];
	return scalar((value, refuse) => {
		if (Number.isSafeInteger(value)) return refuse(`a unit: write "${value}s"`);
		const durationMs = typeof value === "string" ? parseDuration(value) : undefined;
		if (durationMs === undefined) return refuse('a duration such as "10s", "500ms" or "1h30m"');
		if (durationMs < minMs || durationMs > maxMs) return refuse(`${min} to ${max}`);
		return durationMs;
	});
}

/** An address that one machine can have, in canonical text. */
export const hostAddress = scalar((value, refuse) => {
	const bytes = typeof value === "string" ? parseAddress(value) : undefined;
	if (!bytes) return refuse("an IPv4 or IPv6 address");
	const address = formatAddress(bytes);
	return isUnicast(address, bytes) ? address : refuse("the address of one machine");
});

function isUnicast(address: string, bytes: Uint8Array): boolean {
	if (address === "0.0.0.0" || address === "::" || address === "255.255.255.255") return false;
	return address.includes(":") ? bytes[0] !== 0xff : ((bytes[12] ?? 0) & 0xf0) !== 0xe0;
}

export const absolutePath = text("an absolute path", isAbsolutePath);

/** File of a network namespace. */
export const netnsPath = text("the absolute path of a network namespace", isAbsolutePath);

/** Directory in a bpffs, which refuses dots in the names in it. */
export const bpffsPath = text(
	'an absolute path such as /sys/fs/bpf/lbscope, without ".." and without a dot in its last part',
	(path) => isAbsolutePath(path) && /\/[^./]+\/*$/.test(path) && !path.split("/").includes(".."),
).transform((path) => posix.normalize(path).replace(/\/$/, ""));

function isAbsolutePath(path: string): boolean {
	return path.startsWith("/") && path.length < 4096 && !/\p{Cc}/u.test(path) && !findUnfitCharacter(path);
}

export function alternatives(words: readonly string[]): string {
	return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
