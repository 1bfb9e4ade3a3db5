import { expect, test } from "vitest";
import { formatPrefix, networkOf, parsePrefix } from "../../src/config/prefix.ts";

test.each([
	["10.1.2.3/8", "10.1.2.3/8", "10.0.0.0/8"],
	["10.1.2.3/0", "10.1.2.3/0", "0.0.0.0/0"],
	["10.1.2.3", "10.1.2.3/32", "10.1.2.3/32"],
	["255.255.255.255/31", "255.255.255.255/31", "255.255.255.254/31"],
	["172.16.0.0/11", "172.16.0.0/11", "172.0.0.0/11"],
	["FD00::1/64", "fd00::1/64", "fd00::/64"],
	["::1", "::1/128", "::1/128"],
	["ffff::/1", "ffff::/1", "8000::/1"],
	["::/0", "::/0", "::/0"],
])("%s is %s in the network %s", (text, same, network) => {
	const prefix = parsePrefix(text);
	if (!prefix) throw new Error(`${text} is no prefix`);
	expect(formatPrefix(prefix)).toBe(same);
	expect(formatPrefix(networkOf(prefix))).toBe(network);
});

test.each([
	"",
	"/8",
	"10.0.0.0/",
	"10.0.0.0/33",
	"10.0.0.0/08",
	"10/8",
	"::/129",
	"::/-1",
	"fe80::1%eth0/64",
	"::ffff:10.0.0.0/104",
])("%j is no prefix", (text) => {
	expect(parsePrefix(text)).toBeUndefined();
});
