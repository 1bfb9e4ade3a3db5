import { statSync } from "node:fs";
import { expect, it } from "vitest";
import { parsePinName, pinName } from "../../src/bpf/attachment-pins.ts";

const OWN = statSync("/proc/self/ns/net").ino;
const TARGET = { name: "eth0", index: 5, netns: undefined };

it("names a pin by what the kernel knows the interface by", () => {
	expect(pinName("link", TARGET, "ingress")).toBe(`link-${OWN}-5-ingress`);
});

it("tells from a name what the pin is of", () => {
	const name = pinName("filter", TARGET, "egress");
	expect(parsePinName(name)).toEqual({ name, kind: "filter", netns: OWN, index: 5, direction: "egress" });
});

it.each(["pairs", "link", "link-1-2", "link-1-x-ingress", "link-1-2-ingress-3", "map-1-2-ingress"])(
	"knows %s for something else",
	(name) => {
		expect(parsePinName(name)).toBeUndefined();
	},
);
