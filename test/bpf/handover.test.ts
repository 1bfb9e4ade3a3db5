import { expect, test } from "vitest";
import {
	getHandover,
	handedOver,
	handoverEnvironment,
	isGivenUp,
	wasInPlace,
} from "../../src/bpf/handover.ts";
import { missingCapabilities, TO_READ_NFTABLES } from "../../src/bpf/kernel-error.ts";

const HANDOVER = {
	objects: { "/o/datapath.bpf.o": { maps: { flows: 20 }, programs: { walk: 21 } } },
	inPlace: ["/sys/fs/bpf/lbscope/links/a"],
	givenUp: ["CAP_NET_ADMIN"],
	kept: "none",
};

test("what the process tells itself is read once, is nobody else's, and each descriptor is given once", () => {
	expect(getHandover()).toBeUndefined();
	expect(isGivenUp("CAP_NET_ADMIN")).toBe(false);
	Object.assign(process.env, handoverEnvironment(HANDOVER));
	expect(getHandover()).toEqual(HANDOVER);
	expect(Object.keys(process.env).filter((name) => name.startsWith("LBSCOPE"))).toEqual([]);
	expect(handedOver("/o/other.bpf.o")).toBeUndefined();
	expect(handedOver("/o/datapath.bpf.o")).toEqual(HANDOVER.objects["/o/datapath.bpf.o"]);
	expect(handedOver("/o/datapath.bpf.o")).toBeUndefined();
	expect(["a", "b", "a"].map((name) => wasInPlace(`/sys/fs/bpf/lbscope/links/${name}`))).toEqual([
		true,
		false,
		false,
	]);
});

test("a right that was given up is named as such where it is missing", () => {
	Object.assign(process.env, handoverEnvironment(HANDOVER));
	expect(missingCapabilities(TO_READ_NFTABLES, "CapEff:\t0000000000000000\n")).toEqual([
		"CAP_NET_ADMIN (to read nftables rules; given up after the start, see security.drop_capabilities)",
	]);
});
