import { expect, test } from "vitest";
import { UsageError } from "../../src/cli.ts";
import { parseService } from "../../src/commands/parse-service.ts";

test.each([
	["10.99.0.1:80", { label: "10.99.0.1:80", vip: "10.99.0.1", port: 80, protocol: "tcp" }],
	["10.99.0.1:53/udp", { label: "10.99.0.1:53/udp", vip: "10.99.0.1", port: 53, protocol: "udp" }],
	["[FD00:0::1]:99/sctp", { label: "[fd00::1]:99/sctp", vip: "fd00::1", port: 99, protocol: "sctp" }],
])("%s", (text, expected) => {
	expect(parseService(text)).toEqual({ ...expected, endpoints: [] });
});

test.each([
	"",
	"10.99.0.1",
	"10.99.0.1:0",
	"10.99.0.1:65536",
	"10.99.0.1:80/icmp",
	"web:80",
	"fd00::1:80",
	"[10.99.0.1:80",
])("--service %s is refused", (text) => {
	expect(() => parseService(text)).toThrow(UsageError);
});
