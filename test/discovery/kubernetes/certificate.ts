/** A certificate of its own for each test file, gone with it: nothing secret is kept. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Certificate {
	readonly key: Buffer;
	readonly cert: Buffer;
	readonly certFile: string;
}

export function makeCertificate(folder: string): Certificate {
	const [keyFile, certFile] = [join(folder, "tls.key"), join(folder, "ca.crt")];
	const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
	const subject = ["-subj", "/CN=kubernetes", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1"];
	const out = ["-keyout", keyFile, "-out", certFile];
	execFileSync("openssl", ["req", "-x509", ...curve, ...subject, ...out], { stdio: "pipe" });
	return { key: readFileSync(keyFile), cert: readFileSync(certFile), certFile };
}
