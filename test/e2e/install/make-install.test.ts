/** `make install` and the unit that it installs. */
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { run } from "../../../scripts/lab/run.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { runLong } from "./run-long.ts";
import { withDirectory } from "./with-directory.ts";

/** In tenths: 2.1 is what the network, three capabilities and /proc/stat cost. */
const LARGEST_EXPOSURE = 21;

describeAsRoot("make install", 60_000, () => {
	const directory = withDirectory("destination");
	const at = (path: string) => join(directory(), path);
	const UNIT = "usr/lib/systemd/system/lbscope.service";
	const PINS_UNIT = "usr/lib/systemd/system/lbscope-pins.service";

	beforeAll(async () => {
		await mkdir(at("etc/lbscope"), { recursive: true });
		await writeFile(at("etc/lbscope/config.yaml"), "poll: { interval: 5s }\n");
		await make("install");
	}, 120_000);

	test("puts a program in place that runs, and beside it a configuration with every key", async () => {
		expect(await run([at("usr/bin/lbscope"), "--version"])).toMatch(/^lbscope \d/);
		const config = at("usr/share/lbscope/config.yaml");
		const defaults = await run([at("usr/bin/lbscope"), "check", "--print"]);
		expect(await run([at("usr/bin/lbscope"), "check", "--print", "--config", config])).toBe(defaults);
	});

	test("installs a unit that systemd understands, and finds little to complain about", async () => {
		// Where it will be is not where it is now.
		const unit = at("lbscope.service");
		const installed = await readFile(at(UNIT), "utf8");
		expect(installed).toContain("\nExecStart=/usr/bin/lbscope run --config /etc/lbscope/config.yaml\n");
		expect(installed).toContain("\nExecReload=/bin/kill -HUP $MAINPID\n");
		await writeFile(unit, installed.replace("=/usr/bin/lbscope", `=${at("usr/bin/lbscope")}`));
		await copyFile(at(PINS_UNIT), at("lbscope-pins.service"));
		expect(await run(["systemd-analyze", "verify", unit])).toBe("");
		await run(["systemd-analyze", "security", "--offline=true", `--threshold=${LARGEST_EXPOSURE}`, unit]);
	});

	test("keeps a configuration that is there, and leaves it behind", async () => {
		expect(await readFile(at("etc/lbscope/config.yaml"), "utf8")).toBe("poll: { interval: 5s }\n");
		await make("uninstall");
		const left = await readdir(directory(), { recursive: true, withFileTypes: true });
		const files = left.filter((each) => !each.isDirectory()).map(({ name }) => name);
		expect(files.sort()).toEqual(["config.yaml", "lbscope-pins.service", "lbscope.service"]);
	});

	const make = (target: string) => runLong(["make", target, `DESTDIR=${directory()}`, "PREFIX=/usr"]);
});
