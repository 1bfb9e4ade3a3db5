/** Which files the exporter writes: none but its pins. */
import { chownSync, mkdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { converse } from "../../../scripts/lab/traffic.ts";
import { withBpffs } from "../../kernel/bpffs.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { startInside } from "../operation/inside.ts";
import { insideConfig, runLbscope, withFiles } from "../operation/program.ts";
import { asNobody, isOutOfReach, NEEDED, NOBODY } from "./as-nobody.ts";

/** All mounts but the bpffs read-only, in a mount namespace of its own. */
const READ_ONLY = `
mount --make-rprivate /
awk '{ print $2, $3 }' /proc/self/mounts | while read -r place kind; do
	[ "$kind" = bpf ] || mount -o remount,bind,ro "$place" 2>/dev/null || true
done
if touch /tmp/lbscope-is-writable 2>/dev/null; then echo "still writable" >&2; exit 99; fi
exec "$@"`;

/** System calls that make or change what a path names. */
const WRITING =
	/\b(mkdir|mknod|rename|link|symlink|unlink|rmdir|truncate|chmod|chown|creat)(at)?2?\(|O_CREAT|O_WRONLY|O_RDWR|O_TRUNC/;
/** Devices that a process opens and does not write to disk with. */
const HARMLESS = /"\/dev\/(null|tty|pts\/\d+)"/;

describeAsRoot("the files that an exporter writes", 40_000, () => {
	const lab = withLab({ prefix: "rtfiles" });
	const pins = withBpffs();
	const file = withFiles();

	async function configOf(): Promise<{ config: string; path: string }> {
		const directory = pins();
		mkdirSync(directory);
		chownSync(directory, NOBODY, NOBODY);
		const path = `${directory}/lbscope`;
		return { path, config: await file("config.yaml", insideConfig(lab(), { pins: { path } })) };
	}

	test.skipIf(isOutOfReach)("are none: it runs where all but the bpffs is read-only", async () => {
		const { config } = await configOf();
		const under = ["unshare", "--mount", "sh", "-c", READ_ONLY, "sh", ...asNobody(NEEDED)];
		const exporter = await startInside(lab(), config, under);
		await converse(lab(), { service: lab().service("web"), count: 3 });
		await exporter.pageWhere((page) => page.value("total_requests") === 3);
		const { code, stderr } = await exporter.process.stop();
		expect(stderr).not.toMatch(/level=(warn|error)/);
		expect(code).toBe(0);
		const options = { netns: lab().balancer.netns, under: asNobody(NEEDED) };
		await runLbscope(lab(), ["cleanup", "--config", config], options);
	});

	test.skipIf(isOutOfReach)("lie below pins.path, by its system calls from start to stop", async () => {
		const { config, path } = await configOf();
		const directory = await mkdtemp(join(tmpdir(), "lbscope-strace-"));
		const calls = join(directory, "calls");
		try {
			// -D: what is traced has the pid, and gets the signal.
			const strace = ["strace", "-D", "-f", "--seccomp-bpf", "-e", "trace=%file", "-o", calls];
			const exporter = await startInside(lab(), config, [...strace, ...asNobody(NEEDED)]);
			await converse(lab(), { service: lab().service("web"), count: 3 });
			await exporter.pageWhere((page) => page.value("total_requests") === 3);
			await exporter.process.stop();
			await expect
				.poll(() => readFileSync(calls, "utf8"))
				// strace writes process ids of four digits as five characters.
				.toMatch(new RegExp(`^${exporter.process.pid} +\\+\\+\\+ exited with 0 \\+\\+\\+`, "m"));
			const written = readFileSync(calls, "utf8")
				.split("\n")
				.filter((line) => WRITING.test(line) && !HARMLESS.test(line));
			expect(written.filter((line) => line.includes(`"${path}`)).length).toBeGreaterThan(0);
			expect(written.filter((line) => !line.includes(`"${path}`))).toEqual([]);
		} finally {
			await rm(directory, { recursive: true, force: true });
		}
		const options = { netns: lab().balancer.netns, under: asNobody(NEEDED) };
		await runLbscope(lab(), ["cleanup", "--config", config], options);
	});
});
