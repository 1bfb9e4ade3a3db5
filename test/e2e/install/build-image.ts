/**
 * Does what the Dockerfile says, without a container engine: each stage is a directory, what runs in it runs in a chroot.
 * In the place of the official Node.js image stands what that is made of: Debian, by mmdebstrap from this machine's own
 * mirrors, and the Node.js release, from npm.
 */
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../../../scripts/lab/run.ts";
import { parseDockerfile, type Stage, type Step, wordsOf } from "./dockerfile.ts";
import { runLong } from "./run-long.ts";

export interface Image {
	/** Its root file system. */
	readonly root: string;
	/** ENTRYPOINT and CMD. */
	readonly entrypoint: readonly string[];
	readonly arguments: readonly string[];
	readonly environment: Readonly<Record<string, string>>;
}

interface Layout {
	readonly directory: string;
	/** Of the stages before, by name. */
	readonly roots: Map<string, string>;
}

/** The release of this machine, whose mirrors are at hand. */
export async function buildImage(directory: string): Promise<Image> {
	const debian = /^VERSION_CODENAME=(.*)$/m.exec(await readFile("/etc/os-release", "utf8"))?.[1] ?? "";
	const stages = parseDockerfile(await readFile("Dockerfile", "utf8"), { DEBIAN: debian });
	const layout: Layout = { directory, roots: new Map() };
	let root = "";
	for (const [index, stage] of stages.entries()) {
		root = join(directory, stage.name ?? `stage${index}`);
		await startStage(stage, root, layout);
		for (const step of stage.steps) await doStep(step, root, stage, layout);
		if (stage.name) layout.roots.set(stage.name, root);
	}
	return describeImage(stages.at(-1), root);
}

async function startStage({ from }: Stage, root: string, { directory }: Layout): Promise<void> {
	await mkdir(root);
	if (from === "scratch") return;
	const [, node = "", debian = ""] = /^node:(\d+)-(\w+)-slim$/.exec(from) ?? [];
	await makeDebian(root, debian, directory);
	await addNode(root, node, directory);
}

/** apt's own list of what it gets Debian from: no mirror is named here. */
async function makeDebian(root: string, release: string, directory: string): Promise<void> {
	const format = "deb $(REPO_URI) $(RELEASE) $(COMPONENT)";
	const targets = await run([
		"apt-get",
		"indextargets",
		"--format",
		format,
		"Created-By: Packages",
		"Origin: Debian",
	]);
	const sources = join(directory, "sources.list");
	await writeFile(sources, [...new Set(targets.split("\n"))].join("\n"));
	const { BUILD_PACKAGES, RUNTIME_PACKAGES } = await readPackages();
	const options = [
		"--mode=root",
		"--variant=minbase",
		// The step that installs them finds them here: one go is faster than two.
		`--include=ca-certificates ${BUILD_PACKAGES} ${RUNTIME_PACKAGES}`,
		// As in Debian's slim images.
		"--dpkgopt=path-exclude=/usr/share/man/*",
		"--dpkgopt=path-exclude=/usr/share/locale/*",
		"--dpkgopt=path-exclude=/usr/share/doc/*/*",
		"--dpkgopt=path-include=/usr/share/doc/*/copyright",
		// It is thrown away.
		"--dpkgopt=force-unsafe-io",
		'--aptopt=Acquire::Languages "none"',
	];
	await runLong(["mmdebstrap", ...options, release, root, sources]);
}

async function readPackages(): Promise<Record<string, string>> {
	const text = await readFile("scripts/image/packages.sh", "utf8");
	return Object.fromEntries([...text.matchAll(/^(\w+)="([^"]*)"$/gm)].map(([, name, list]) => [name, list]));
}

/** The official image has npm beside Node.js; that of this machine does as well. */
async function addNode(root: string, version: string, directory: string): Promise<void> {
	const packed = await runLong(
		["npm", "pack", "--silent", `node-linux-${process.arch}@${version}`],
		directory,
	);
	const local = join(root, "usr/local");
	const [tarball = ""] = packed.trim().split("\n").slice(-1);
	await run([
		"tar",
		"-xzf",
		join(directory, tarball),
		"-C",
		local,
		"--strip-components=1",
		"package/bin",
		"package/LICENSE",
	]);
	const npm = (await run(["npm", "root", "--global"])).trim();
	await cp(join(npm, "npm"), join(local, "lib/node_modules/npm"), { recursive: true });
	await symlink("../lib/node_modules/npm/bin/npm-cli.js", join(local, "bin/npm"));
}

async function doStep(step: Step, root: string, stage: Stage, { roots }: Layout): Promise<void> {
	switch (step.instruction) {
		case "RUN":
			return void (await runInside(root, workdirOf(stage), step.text));
		case "COPY": {
			const words = wordsOf(step);
			const to = words.pop() ?? "";
			const source = /^--from=(.*)/.exec(words[0] ?? "")?.[1];
			const target = to.startsWith("/") ? join(root, to) : join(root, workdirOf(stage), to);
			if (source !== undefined) return copyAll(join(roots.get(source) ?? "", words[1] ?? ""), target);
			return copyContext(words, target);
		}
		case "WORKDIR":
			return void (await mkdir(join(root, step.text), { recursive: true }));
		case "ENV":
		case "EXPOSE":
		case "STOPSIGNAL":
		case "ENTRYPOINT":
		case "CMD":
			return;
		default:
			throw new Error(`Cannot do ${step.instruction} ${step.text}: these tests do not know how`);
	}
}

function workdirOf({ steps }: Stage): string {
	return steps.find(({ instruction }) => instruction === "WORKDIR")?.text ?? "/";
}

async function copyAll(from: string, to: string): Promise<void> {
	await run(["cp", "--archive", "--no-target-directory", from, to]);
}

/** From the checkout, what .dockerignore leaves. */
async function copyContext(paths: readonly string[], to: string): Promise<void> {
	const context = await contextPaths();
	for (const path of paths) {
		const wanted = path.replace(/\/$/, "");
		const found = wanted === "." ? context : context.filter((each) => each === wanted);
		if (found.length === 0) throw new Error(`Cannot copy ${path}: .dockerignore leaves no such file`);
		for (const each of found) {
			const target = wanted === each && to.endsWith("/") && path.endsWith("/") ? to : join(to, each);
			await mkdir(dirname(target), { recursive: true });
			await cp(each, target, { recursive: true });
		}
	}
}

/** It excludes all, and then not these. */
async function contextPaths(): Promise<string[]> {
	const lines = (await readFile(".dockerignore", "utf8")).split("\n").filter((line) => !/^(#|$)/.test(line));
	if (lines[0] !== "*" || !lines.slice(1).every((line) => /^![\w./-]+$/.test(line)))
		throw new Error('Cannot read .dockerignore: expected "*" and after it lines such as "!src"');
	return lines.slice(1).map((line) => line.slice(1));
}

const NPM_CACHE = "/var/cache/npm";
const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";

/** With what this machine knows about the way to npm: its cache, and whom it trusts. */
async function runInside(root: string, workdir: string, command: string): Promise<void> {
	const cache = (await run(["npm", "config", "get", "cache"])).trim();
	const trust = process.env.NODE_EXTRA_CA_CERTS;
	await mkdir(join(root, NPM_CACHE), { recursive: true });
	if (trust !== undefined) await cp(trust, join(root, CERTIFICATES));
	const setUp = [
		'mount -t proc proc "$1/proc"',
		`mkdir -p "$2" && mount --bind "$2" "$1${NPM_CACHE}"`,
		'exec chroot "$1" /usr/bin/env -i $4 /bin/sh -ec "cd $3; $5"',
	];
	const environment = [
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/root",
		`npm_config_cache=${NPM_CACHE}`,
		"npm_config_prefer_offline=true",
		"npm_config_update_notifier=false",
		...(trust === undefined ? [] : [`NODE_EXTRA_CA_CERTS=${CERTIFICATES}`]),
	].join(" ");
	const script = setUp.join(" && ");
	const inside = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, "sh"];
	await runLong([...inside, root, cache, workdir, environment, command]);
}

function describeImage(stage: Stage | undefined, root: string): Image {
	const all = (name: string) => stage?.steps.filter(({ instruction }) => instruction === name) ?? [];
	const list = (name: string) => all(name).flatMap(wordsOf);
	return {
		root,
		entrypoint: list("ENTRYPOINT"),
		arguments: list("CMD"),
		environment: Object.fromEntries(list("ENV").map((pair) => pair.split("="))),
	};
}
