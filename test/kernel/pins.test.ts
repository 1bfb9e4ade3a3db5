import { execFileSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, statSync, symlinkSync } from "node:fs";
import { chmod, chown, lchown } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeMap } from "../../src/bpf/describe.ts";
import { indexKey, lookup, update } from "../../src/bpf/map.ts";
import { BpfObject } from "../../src/bpf/object.ts";
import { openPinnedMaps, pinMaps } from "../../src/bpf/pinned-maps.ts";
import {
	listPins,
	makePinDirectory,
	openPin,
	pin,
	removePinDirectory,
	unpin,
	whyNoPins,
} from "../../src/bpf/pins.ts";
import { describeInKernel } from "./as-root.ts";
import { withBpffs } from "./bpffs.ts";

const NOBODY = 65534;

describeInKernel("pins", () => {
	const newDirectory = withBpffs();
	let object: BpfObject;
	beforeAll(() => {
		object = new BpfObject();
	});
	afterAll(() => object.close());

	function madeDirectory(): string {
		const directory = newDirectory();
		makePinDirectory(directory);
		return directory;
	}

	test("keep a map when the object that made it is closed", () => {
		const path = join(madeDirectory(), "firewall_drops");
		const maker = new BpfObject();
		const map = maker.map("firewall_drops");
		pin(map.fd, path);
		update(map, indexKey(0), Buffer.alloc(map.valueSize, 7));
		maker.close();
		const fd = openPin(path);
		if (fd === undefined) throw new Error("there is no pin");
		expect(lookup(describeMap(fd), indexKey(0))).toEqual(Buffer.alloc(map.valueSize, 7));
		closeSync(fd);
		unpin(path);
		unpin(path);
		expect(openPin(path)).toBeUndefined();
	});

	test("lie in directories that only their owner can look into", () => {
		const directory = newDirectory();
		expect(whyNoPins(directory)).toBeUndefined();
		makePinDirectory(join(directory, "links"));
		makePinDirectory(join(directory, "links"));
		for (const each of [directory, join(directory, "links")]) {
			expect(statSync(each).mode & 0o777).toBe(0o700);
			expect(whyNoPins(each)).toBeUndefined();
		}
	});

	test("are listed by name, and go with their directory", () => {
		const directory = madeDirectory();
		for (const name of ["totals", "errors"]) pin(object.map(name).fd, join(directory, name));
		expect(listPins(directory)).toEqual(["errors", "totals"]);
		removePinDirectory(directory);
		expect(existsSync(directory)).toBe(false);
	});

	test("go without what lies in a directory of theirs", () => {
		const directory = madeDirectory();
		pin(object.map("totals").fd, join(directory, "totals"));
		mkdirSync(join(directory, "of-others"));
		expect(() => removePinDirectory(directory)).toThrow("ENOTEMPTY");
		expect(existsSync(join(directory, "of-others"))).toBe(true);
	});

	test("of another user are not adopted", async () => {
		const directory = madeDirectory();
		await chown(directory, NOBODY, NOBODY);
		expect(whyNoPins(directory)).toBe(`${directory} belongs to user ${NOBODY}, expected 0`);
		expect(() => makePinDirectory(directory)).toThrow(`Cannot keep pins: ${directory} belongs to`);
	});

	test("are not adopted where others may put theirs", async () => {
		const directory = madeDirectory();
		await chmod(directory, 0o1777);
		expect(whyNoPins(directory)).toBe(
			`${directory} can be written by others, expected mode 0700: chmod 0700 ${directory}`,
		);
	});

	test("are not looked for behind a link that somebody else may turn, or in a directory that others may rename", async () => {
		const directory = newDirectory();
		mkdirSync(directory, { mode: 0o755 });
		const path = join(directory, "lbscope");
		expect(whyNoPins(path)).toBeUndefined();
		await chmod(directory, 0o777);
		const open = `${directory} can be written by others, expected that they cannot, or mode 1777`;
		expect(whyNoPins(path)).toBe(open);
		await chmod(directory, 0o1777);
		expect(whyNoPins(path)).toBeUndefined();
		await chown(directory, NOBODY, NOBODY);
		expect(whyNoPins(path)).toBe(`${directory} belongs to user ${NOBODY}, expected 0 or root`);
		const link = newDirectory();
		symlinkSync(directory, link);
		expect(whyNoPins(join(link, "lbscope"))).toBe(
			`${directory} belongs to user ${NOBODY}, expected 0 or root`,
		);
		await lchown(link, NOBODY, NOBODY);
		expect(whyNoPins(join(link, "lbscope"))).toBe(`${link} belongs to user ${NOBODY}, expected 0 or root`);
	});

	test("are for their owner alone, and a directory that others could look into becomes so", () => {
		const directory = newDirectory();
		mkdirSync(directory, { mode: 0o755 });
		makePinDirectory(directory);
		const path = join(directory, "totals");
		pin(object.map("totals").fd, path);
		expect([directory, path].map((each) => statSync(each).mode & 0o777)).toEqual([0o700, 0o600]);
	});

	test("that another user has put there are not opened", async () => {
		const path = join(madeDirectory(), "totals");
		pin(object.map("totals").fd, path);
		await chown(path, NOBODY, NOBODY);
		expect(() => openPin(path)).toThrow(
			`Cannot open pin ${path}: it belongs to user ${NOBODY}, or is no pin`,
		);
		const link = `${path}_link`;
		symlinkSync(path, link);
		expect(() => openPin(link)).toThrow(`Cannot open pin ${link}`);
	});

	test("are refused to a user without the right to write", () => {
		const directory = newDirectory();
		expect(whyNotNobody(directory)).toBe(
			`${dirname(directory)} cannot be written (EACCES), expected the right to`,
		);
		makePinDirectory(directory);
		expect(whyNotNobody(directory)).toBe(`${directory} belongs to user 0, expected ${NOBODY}`);
		expect(whyNotNobody(join(directory, "links"))).toBe(
			`${directory} cannot be written (EACCES), expected the right to`,
		);
	});

	test("hold a set of maps, under their names in full", () => {
		const directory = newDirectory();
		// Of the second name the kernel knows 15 bytes.
		const names = ["pairs", "firewall_destinations"];
		pinMaps(
			directory,
			names.map((name) => object.map(name)),
		);
		const pinned = openPinnedMaps(directory, [...names, "not_there"]);
		expect([...pinned.maps.keys()]).toEqual(names);
		expect(pinned.maps.get("firewall_destinations")).toMatchObject({
			name: "firewall_destinations",
			keySize: object.map("firewall_destinations").keySize,
			fd: pinned.fds.get("firewall_destinations"),
		});
		pinned.close();
	});

	test("hold a whole set or none, also after one that was interrupted", () => {
		const directory = newDirectory();
		makePinDirectory(`${directory}_new`);
		pin(object.map("totals").fd, join(`${directory}_new`, "totals"));
		expect(openPinnedMaps(directory, ["totals"]).maps.size).toBe(0);
		pinMaps(directory, [object.map("errors")]);
		expect(listPins(directory)).toEqual(["errors"]);
		expect(existsSync(`${directory}_new`)).toBe(false);
		expect(() => pinMaps(directory, [object.map("errors")])).toThrow();
		expect(listPins(directory)).toEqual(["errors"]);
	});
});

/** Rights are those of a process: in a process of that user. */
function whyNotNobody(directory: string): string {
	const module = new URL("../../src/bpf/pins.ts", import.meta.url).href;
	const program = `import("${module}").then(({ whyNoPins }) => process.stdout.write(whyNoPins("${directory}") ?? ""))`;
	const options = { uid: NOBODY, gid: NOBODY, encoding: "utf8" } as const;
	return execFileSync(process.execPath, ["--import", "tsx", "--eval", program], options);
}
