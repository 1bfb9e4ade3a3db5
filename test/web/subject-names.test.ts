import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { subjectNames } from "../../src/web/subject-names.ts";
import { makeAuthority } from "./certificates.ts";
import { withFolder } from "./with-folder.ts";

const folder = withFolder();
const authority = makeAuthority(folder, "authority");

function namesOf(name: string, text: string): string[] {
	return subjectNames(new X509Certificate(readFileSync(authority.sign(name, text).certFile)));
}

test("names of all kinds, addresses in canonical text", () => {
	const text =
		"DNS:a.example,DNS:*.b.example,IP:192.0.2.7,IP:2001:DB8:0::7,email:x@a.example,URI:spiffe://a/b";
	expect(namesOf("all", text)).toEqual([
		"a.example",
		"*.b.example",
		"192.0.2.7",
		"2001:db8::7",
		"x@a.example",
		"spiffe://a/b",
	]);
});

test("a name cannot pretend to be two (CVE-2021-44532)", () => {
	const forged = { subjectAltName: 'URI:"spiffe://a/, DNS:admin.example", DNS:b.example' } as X509Certificate;
	expect(subjectNames(forged)).toEqual(["spiffe://a/, DNS:admin.example", "b.example"]);
});

test("a text that cannot be understood gives no more names", () => {
	expect(subjectNames({ subjectAltName: 'DNS:a, "x, DNS:b' } as X509Certificate)).toEqual(["a"]);
});
