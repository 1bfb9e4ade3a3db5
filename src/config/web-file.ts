/** A file in the format of Prometheus' exporters (prometheus/exporter-toolkit, docs/web-configuration.md). */
import { dirname, resolve } from "node:path";
import { parseText } from "./parse-config.ts";
import { type TlsSection, webFileSchema } from "./web-file-schema.ts";

export interface WebFile {
	/** Undefined: plain HTTP. */
	readonly tls: TlsFile | undefined;
	/** To be added to every answer. */
	readonly headers: Readonly<Record<string, string>>;
	/** Bcrypt hashes by name. Empty: everybody may ask without a password. */
	readonly users: ReadonlyMap<string, string>;
	readonly rateLimit: RateLimit | undefined;
}

/** One request per interval, and as many at once as `burst`. */
export interface RateLimit {
	readonly intervalMs: number;
	readonly burst: number;
}

/** A PEM text, or the absolute path of one. */
export type Pem = { readonly file: string } | { readonly text: string };

export interface TlsFile extends Omit<TlsSection, "cert" | "key" | "clientCa"> {
	readonly cert: Pem;
	readonly key: Pem;
	readonly clientCa: Pem | undefined;
}

/**
 * The file, or what is wrong with it, a line for each. Lines of the file are not shown: they may hold passwords, and this
 * goes into the log.
 */
export function parseWebFile(text: string, fileName: string): WebFile | { readonly problems: string } {
	const parsed = parseText(webFileSchema, text, fileName);
	if ("problems" in parsed) {
		const lines = parsed.problems.map(({ place, message }) => {
			return `${place.fileName}:${place.line}:${place.column}: ${message}`;
		});
		return { problems: lines.join("\n") };
	}
	const { tls, ...rest } = parsed.value;
	return { ...rest, tls: tls && locateFiles(tls, dirname(fileName)) };
}

function locateFiles({ cert, key, clientCa, ...rest }: TlsSection, folder: string): TlsFile {
	const locate = (pem: Pem) => ("file" in pem ? { file: resolve(folder, pem.file) } : pem);
	return { ...rest, cert: locate(cert), key: locate(key), clientCa: clientCa && locate(clientCa) };
}
