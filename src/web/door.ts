/** Who may ask, and over what: all that the files say, read at one moment. */
import { readFileSync } from "node:fs";
import { parseWebFile, type WebFile } from "../config/web-file.ts";
import { parseTokens, type TokenDigests } from "./bearer-tokens.ts";
import { readTlsSettings, type TlsSettings } from "./tls-settings.ts";

export interface Door extends Omit<WebFile, "tls"> {
	/** Undefined: plain HTTP. */
	readonly tls: TlsSettings | undefined;
	/** Empty: there are none, which does not mean that everybody may ask. */
	readonly tokens: TokenDigests;
}

export interface DoorFiles {
	readonly configFile: string | undefined;
	readonly bearerTokensFile: string | undefined;
}

export const OPEN_DOOR: Door = {
	tls: undefined,
	headers: {},
	users: new Map(),
	rateLimit: undefined,
	tokens: [],
};

/** The message is all that the user has to see; it shows no secret. */
export class DoorError extends Error {}

export type ReadFile = (path: string) => Buffer;

/** @throws {DoorError} */
export function readDoor({ configFile, bearerTokensFile }: DoorFiles, read: ReadFile = readFileSync): Door {
	const readOrSay = (path: string) => {
		try {
			return read(path);
		} catch (error) {
			throw new DoorError(`Cannot read ${path}: ${reasonOf(error)}`, { cause: error });
		}
	};
	const file = configFile === undefined ? OPEN_DOOR : readWebFile(configFile, readOrSay);
	const tokens = bearerTokensFile === undefined ? [] : readTokens(bearerTokensFile, readOrSay);
	return { ...file, tokens };
}

export function asksForCredentials({ users, tokens }: Door): boolean {
	return users.size > 0 || tokens.length > 0;
}

function readWebFile(path: string, read: ReadFile): Omit<Door, "tokens"> {
	const file = parseWebFile(read(path).toString(), path);
	if ("problems" in file) throw new DoorError(file.problems);
	return { ...file, tls: file.tls && readTls(path, file.tls, read) };
}

function readTls(path: string, file: NonNullable<WebFile["tls"]>, read: ReadFile): TlsSettings {
	try {
		return readTlsSettings(file, read);
	} catch (error) {
		if (error instanceof DoorError) throw error;
		const what = "tls_server_config, expected a certificate and its key in PEM";
		throw new DoorError(`${path}: ${what}: ${(error as Error).message}`, { cause: error });
	}
}

function readTokens(path: string, read: ReadFile): TokenDigests {
	const text = read(path).toString();
	try {
		return parseTokens(text, path);
	} catch (error) {
		throw new DoorError((error as Error).message, { cause: error });
	}
}

const REASONS: Readonly<Record<string, string>> = {
	ENOENT: "there is no such file",
	EISDIR: "it is a directory, expected a file",
	EACCES: "this user may not read it",
};

function reasonOf(error: unknown): string {
	const { code = "", message } = error as NodeJS.ErrnoException;
	return REASONS[code] ?? message;
}

/** For the log. */
export function describeDoor(door: Door): string {
	const { tls, users, tokens } = door;
	const transport = tls ? (tls.asksClient ? "TLS with client certificates" : "TLS") : "plain HTTP";
	if (!asksForCredentials(door)) return `${transport}, no credentials`;
	return `${transport}, ${users.size} users, ${tokens.length} tokens`;
}
