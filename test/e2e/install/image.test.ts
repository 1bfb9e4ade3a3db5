/** The Dockerfile: what it makes is small, has all that lbscope needs, and needs no more rights than the DaemonSet gives. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../../../scripts/lab/run.ts";
import { converse } from "../../../scripts/lab/traffic.ts";
import { withBpffs } from "../../kernel/bpffs.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { expectIdentities } from "../identities.ts";
import { waitForPage } from "../operation/inside.ts";
import { insideConfig, withFiles } from "../operation/program.ts";
import { onlyThis, rightsOf } from "../rights/as-nobody.ts";
import { buildImage, type Image } from "./build-image.ts";
import { startContainer } from "./container.ts";

const BUILD_TIMEOUT_MS = 600_000;
const LARGEST_MB = 200;

describeAsRoot("the image", 60_000, () => {
	const lab = withLab({ prefix: "image" });
	const file = withFiles();
	const pins = withBpffs();
	const bpffs = () => dirname(pins());
	let directory: string;
	let image: Image;

	beforeAll(async () => {
		directory = await mkdtemp(join(tmpdir(), "lbscope-image-"));
		image = await buildImage(directory);
	}, BUILD_TIMEOUT_MS);
	afterAll(() => rm(directory, { recursive: true, force: true }));

	const start = async (args?: readonly string[]) => {
		const text = insideConfig(lab(), { pins: {}, reload: { watch: false }, system: { root: "/host" } });
		return startContainer(lab(), image, { config: await file("inside.yaml", text), bpffs: bpffs() }, args);
	};

	test("is small, and has neither shell nor compiler nor package manager", async () => {
		const megabytes = Number((await run(["du", "-sm", image.root])).split("\t")[0]);
		console.info(`the image has ${megabytes} MB`);
		expect(megabytes).toBeLessThan(LARGEST_MB);
		expect((await readdir(join(image.root, "usr/bin"))).sort()).toEqual(["env", "lbscope", "node"]);
		expect(await readdir(join(image.root, "usr/sbin"))).toEqual([]);
	});

	test("loads and attaches with three capabilities", async () => {
		const check = await start(["check", "--config", "/etc/lbscope/config.yaml"]);
		const { code, stdout, stderr } = await check.outside.ended;
		expect(stderr).toBe("");
		expect(stdout).toMatch(/\nok\n$/);
		expect(code).toBe(0);
	});

	test("counts without any capability, is scraped, and ends at SIGTERM as process 1; the next one counts on", async () => {
		for (const requests of [6, 12]) {
			const container = await start();
			await waitForPage(lab(), container.outside, () => true);
			await converse(lab(), { service: lab().service("web"), count: 6 });
			const page = await waitForPage(
				lab(),
				container.outside,
				(each) => each.value("total_requests") === requests,
			);
			expectIdentities(page);
			expect(rightsOf(await container.pid())).toMatchObject({
				capabilities: onlyThis(0n),
				noNewPrivileges: true,
			});
			expect(page.value("system_disk_utilization")).toBeGreaterThan(0);
			expect(page.series("lbscope_build_info")[0]?.labels.node_version).toMatch(/^v24\./);
			const { code, stderr } = await container.stop();
			expect(stderr).not.toMatch(/level=(warn|error)/);
			expect(code).toBe(0);
		}
	});
});
