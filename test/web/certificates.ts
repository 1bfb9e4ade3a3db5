/** Certificates made by openssl. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Authority {
	readonly certFile: string;
	/** Signs a certificate for these names, such as "IP:127.0.0.1" or "DNS:prometheus". */
	sign(name: string, subjectNames: string): Certificate;
}

export interface Certificate {
	readonly certFile: string;
	readonly keyFile: string;
}

export function makeAuthority(folder: string, name: string): Authority {
	const own = filesOf(folder, name);
	openssl("req", "-x509", ...newKey(own), "-subj", `/CN=${name}`, "-days", "1", "-out", own.certFile);
	return {
		certFile: own.certFile,
		sign(subject, subjectNames) {
			const signed = filesOf(folder, subject);
			const request = join(folder, `${subject}.csr`);
			const extensions = join(folder, `${subject}.ext`);
			writeFileSync(extensions, `subjectAltName=${subjectNames}\n`);
			openssl("req", ...newKey(signed), "-subj", `/CN=${subject}`, "-out", request);
			const by = ["-CA", own.certFile, "-CAkey", own.keyFile, "-CAcreateserial"];
			openssl(
				...["x509", "-req", "-in", request, ...by, "-days", "1"],
				...["-extfile", extensions, "-out", signed.certFile],
			);
			return signed;
		},
	};
}

function filesOf(folder: string, name: string): Certificate {
	return { certFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) };
}

function newKey({ keyFile }: Certificate): string[] {
	return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", keyFile];
}

function openssl(...args: string[]): void {
	execFileSync("openssl", args, { stdio: "pipe" });
}
