/** A file's TLS section with its PEM files read -> what node:tls takes, and which clients may stay. */
import { constants, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContextOptions, type TLSSocket } from "node:tls";
import type { Pem, TlsFile } from "../config/web-file.ts";
import { subjectNames } from "./subject-names.ts";

export interface TlsSettings {
	readonly context: SecureContextOptions;
	/** Whether clients are asked for a certificate. */
	readonly asksClient: boolean;
	/** Whether the client may stay, once the handshake is done. */
	admits(socket: TLSSocket): boolean;
}

/** In TLS 1.3 there is nothing to choose from. */
const TLS13_CIPHERS = ["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"];

/** @throws when the parts do not fit together, such as a key of another certificate. */
export function readTlsSettings(file: TlsFile, read: (path: string) => Buffer): TlsSettings {
	const pem = (source: Pem) => ("file" in source ? read(source.file) : Buffer.from(source.text));
	const ca = file.clientCa && requireCertificates(pem(file.clientCa), file.clientCa);
	const context: SecureContextOptions = {
		cert: pem(file.cert),
		key: pem(file.key),
		...(ca && { ca }),
		...ciphersOf(file),
		...(file.curves && { ecdhCurve: file.curves.join(":") }),
		minVersion: file.minVersion,
		maxVersion: file.maxVersion,
		honorCipherOrder: file.prefersOwnCiphers,
		// A session that is taken up again would pass by a client CA that was changed meanwhile.
		secureOptions: constants.SSL_OP_NO_TICKET,
	};
	createSecureContext(context);
	return { context, asksClient: file.clientAuth !== "NoClientCert", admits: admission(file) };
}

/** node:tls takes a CA without a certificate, and then refuses every client. */
function requireCertificates(text: Buffer, source: Pem): Buffer {
	try {
		new X509Certificate(text);
		return text;
	} catch (error) {
		const where = "file" in source ? source.file : "client_ca";
		throw new Error(`Cannot read client CA: ${where} is no certificate, expected PEM`, { cause: error });
	}
}

function ciphersOf({ ciphers, minVersion }: TlsFile): SecureContextOptions {
	// OpenSSL 3 speaks no TLS before 1.2 above security level 0.
	const level = minVersion === "TLSv1" || minVersion === "TLSv1.1" ? ["@SECLEVEL=0"] : [];
	if (!ciphers && level.length === 0) return {};
	const chosen = ciphers?.filter((name) => !TLS13_CIPHERS.includes(name)) ?? ["DEFAULT"];
	return { ciphers: [...TLS13_CIPHERS, ...chosen, ...level].join(":") };
}

function admission({ clientAuth, clientAllowedSans }: TlsFile): TlsSettings["admits"] {
	const isAllowed = (certificate: X509Certificate) =>
		clientAllowedSans.length === 0 ||
		subjectNames(certificate).some((name) => clientAllowedSans.includes(name));
	return (socket) => {
		const certificate = socket.getPeerX509Certificate();
		switch (clientAuth) {
			case "NoClientCert":
			case "RequestClientCert":
				return true;
			case "VerifyClientCertIfGiven":
				return certificate === undefined || socket.authorized;
			case "RequireAnyClientCert":
			case "RequireClientCert":
				return certificate !== undefined && isAllowed(certificate);
			case "RequireAndVerifyClientCert":
				return certificate !== undefined && socket.authorized && isAllowed(certificate);
		}
	};
}
