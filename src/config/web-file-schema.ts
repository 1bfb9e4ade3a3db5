import { z } from "zod";
import { acrossKeys, type IssueParams, listOf, mapping } from "./collections.ts";
import { parseDuration } from "./duration.ts";
import { integer, oneOf, scalar, text, trueOrFalse } from "./scalars.ts";
import { CIPHERS, CURVES, VERSIONS } from "./tls-names.ts";

const CLIENT_AUTH = [
	"NoClientCert",
	"RequestClientCert",
	"RequireAnyClientCert",
	"RequireClientCert",
	"VerifyClientCertIfGiven",
	"RequireAndVerifyClientCert",
] as const;
export type ClientAuth = (typeof CLIENT_AUTH)[number];

type Pem = { readonly file: string } | { readonly text: string };

export interface TlsSection {
	readonly cert: Pem;
	readonly key: Pem;
	readonly clientCa: Pem | undefined;
	readonly clientAuth: ClientAuth;
	/** Empty: any. */
	readonly clientAllowedSans: readonly string[];
	readonly minVersion: (typeof VERSIONS)[keyof typeof VERSIONS];
	readonly maxVersion: (typeof VERSIONS)[keyof typeof VERSIONS];
	/** By OpenSSL's names; undefined: its defaults. */
	readonly ciphers: readonly string[] | undefined;
	readonly prefersOwnCiphers: boolean;
	readonly curves: readonly string[] | undefined;
}

/** The exporters take a key without a value, and an empty text, for none. */
function unlessEmpty<T extends z.ZodType>(schema: T) {
	return z.preprocess((value) => (value === "" ? undefined : value), schema.optional());
}

function nameIn<T extends string>(names: Readonly<Record<string, T>>) {
	return oneOf(Object.keys(names)).transform((name) => names[name] as T);
}

const anyText = text("text", () => true);
const path = text("the path of a file", (value) => !value.includes("\0"));
const MAX_NAMES = 1_000;

const tls = mapping({
	cert: unlessEmpty(anyText),
	key: unlessEmpty(anyText),
	client_ca: unlessEmpty(anyText),
	cert_file: unlessEmpty(path),
	key_file: unlessEmpty(path),
	client_ca_file: unlessEmpty(path),
	client_auth_type: unlessEmpty(oneOf(CLIENT_AUTH)),
	client_allowed_sans: unlessEmpty(listOf(anyText, 0, MAX_NAMES)),
	min_version: unlessEmpty(nameIn(VERSIONS)),
	max_version: unlessEmpty(nameIn(VERSIONS)),
	cipher_suites: unlessEmpty(listOf(nameIn(CIPHERS), 0, MAX_NAMES)),
	prefer_server_cipher_suites: unlessEmpty(trueOrFalse),
	curve_preferences: unlessEmpty(listOf(nameIn(CURVES), 0, MAX_NAMES)),
}).check(
	acrossKeys(["cert", "key", "cert_file", "key_file"], (section, report) => {
		if (Object.values(section).every((value) => value === undefined)) return;
		for (const [inline, file] of [
			["cert", "cert_file"],
			["key", "key_file"],
		] as const)
			if (section[inline] === undefined && section[file] === undefined)
				report([], `the path of a PEM file, or the PEM itself as ${inline}`, {
					subject: `${file} is missing`,
				});
	}),
	acrossKeys(
		["client_ca", "client_ca_file", "client_auth_type", "client_allowed_sans"],
		(section, report) => {
			const { client_auth_type: type = "NoClientCert", client_allowed_sans: sans } = section;
			const hasCa = section.client_ca !== undefined || section.client_ca_file !== undefined;
			if (hasCa && type === "NoClientCert")
				report([], "RequireAndVerifyClientCert beside a client CA", {
					subject: `client_auth_type is ${section.client_auth_type ?? "missing"}`,
				});
			if (sans !== undefined && !/^Require(Any|AndVerify)?ClientCert$/.test(type))
				report(["client_allowed_sans"], "client_auth_type to be RequireAndVerifyClientCert beside it", {
					subject: "client_allowed_sans needs a certificate of every client",
				});
		},
	),
);

function pemOf(file: string | undefined, inline: string | undefined): Pem | undefined {
	if (file !== undefined) return { file };
	return inline === undefined ? undefined : { text: inline };
}

function toTls(section: z.output<typeof tls> | undefined): TlsSection | undefined {
	const cert = pemOf(section?.cert_file, section?.cert);
	const key = pemOf(section?.key_file, section?.key);
	if (!section || !cert || !key) return undefined;
	return {
		cert,
		key,
		clientCa: pemOf(section.client_ca_file, section.client_ca),
		clientAuth: section.client_auth_type ?? "NoClientCert",
		clientAllowedSans: section.client_allowed_sans ?? [],
		minVersion: section.min_version ?? "TLSv1.2",
		maxVersion: section.max_version ?? "TLSv1.3",
		ciphers: unlessNone(section.cipher_suites),
		prefersOwnCiphers: section.prefer_server_cipher_suites ?? true,
		curves: unlessNone(section.curve_preferences),
	};
}

function unlessNone<T>(list: readonly T[] | undefined): readonly T[] | undefined {
	return list?.length === 0 ? undefined : list;
}

const headerValue = text("printable ASCII", (value) => /^[\x20-\x7e]*$/.test(value));

const headers = mapping({
	"Content-Security-Policy": headerValue.optional(),
	"X-Frame-Options": unlessEmpty(oneOf(["deny", "sameorigin"])),
	"X-Content-Type-Options": unlessEmpty(oneOf(["nosniff"])),
	"X-XSS-Protection": headerValue.optional(),
	"Strict-Transport-Security": headerValue.optional(),
}).transform((section): Record<string, string> => {
	return Object.fromEntries(
		Object.entries(section).flatMap(([name, value]) => (value ? [[name, value]] : [])),
	);
});

/** Higher costs take minutes for a password. */
const HASH = /^\$2[aby]\$(0[4-9]|1\d|20)\$[./A-Za-z0-9]{53}$/;
const EXPECTED_HASH = "a bcrypt hash of cost 4 to 20, as htpasswd -nBC 10 makes it";

/** Its messages show no value: it may be a password. */
const users = z.unknown().transform((value, context): ReadonlyMap<string, string> => {
	const report = (path: string[], subject: string, message: string) => {
		const params: IssueParams = { subject };
		context.addIssue({ code: "custom", path, message, params: { ...params } });
	};
	const found = new Map<string, string>();
	if (value === "") return found;
	if (typeof value !== "object" || value === null || Array.isArray(value)) {
		report([], "basic_auth_users is something else", "a mapping of user names to bcrypt hashes");
		return found;
	}
	for (const [user, hash] of Object.entries(value)) {
		if (typeof hash === "string" && HASH.test(hash)) found.set(user, hash);
		else report([user], `the password of ${user} is something else`, EXPECTED_HASH);
	}
	return found;
});

/** The exporters take 0, too, for no limit. */
const interval = scalar((value, refuse) => {
	const durationMs = value === 0 ? 0 : parseDuration(String(value));
	return durationMs ?? refuse('a duration such as "10ms"');
});

const rateLimit = mapping({
	interval: interval.prefault(0),
	burst: integer(0, 1_000_000).prefault(0),
}).transform(({ interval: intervalMs, burst }) => {
	return intervalMs === 0 ? undefined : { intervalMs, burst };
});

/** HTTP/2 is never spoken; a client that could falls back to HTTP/1.1 by itself. */
const http = mapping({ http2: unlessEmpty(trueOrFalse), headers: unlessEmpty(headers) });

export const webFileSchema = mapping({
	tls_server_config: unlessEmpty(tls),
	http_server_config: unlessEmpty(http),
	basic_auth_users: users.prefault(""),
	rate_limit: unlessEmpty(rateLimit),
}).transform((file) => ({
	tls: toTls(file.tls_server_config),
	headers: file.http_server_config?.headers ?? {},
	users: file.basic_auth_users,
	rateLimit: file.rate_limit,
}));
