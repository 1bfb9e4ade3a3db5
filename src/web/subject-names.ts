/** Subject alternative names of a certificate. */
import type { X509Certificate } from "node:crypto";
import { canonicalAddress } from "../model/address.ts";

const KINDS = ["DNS", "email", "URI", "IP Address"];
/** Names with a comma or a quote in them stand in quotes, as JSON. */
const NAME = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y;

/** Of hosts, mailboxes, addresses and URIs, addresses in canonical text. */
export function subjectNames({ subjectAltName: text = "" }: X509Certificate): string[] {
	const names: string[] = [];
	NAME.lastIndex = 0;
	for (let found = NAME.exec(text); found; found = NAME.exec(text)) {
		const [, kind = "", quoted = ""] = found;
		const name = quoted.startsWith('"') ? String(JSON.parse(quoted)) : quoted;
		if (KINDS.includes(kind)) names.push(kind === "IP Address" ? (canonicalAddress(name) ?? name) : name);
		if (NAME.lastIndex >= text.length) break;
	}
	return names;
}
