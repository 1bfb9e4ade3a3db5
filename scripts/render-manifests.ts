/**
 * What deploy/ comes to, written to test/deploy/rendered/ for the tests: `make manifests`. Needs kubectl (its kustomize is
 * 4 or later), and Go with Debian's golang-github-masterminds-sprig-dev and golang-gopkg-yaml.v3-dev for the chart.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { digestOfSources, RENDERED, renderings } from "../test/deploy/renderings.ts";

for (const { name, command } of renderings()) {
	const [program = "", ...args] = command;
	const env = { ...process.env, GO111MODULE: "off", GOPATH: "/usr/share/gocode" };
	writeFileSync(`${RENDERED}/${name}.yaml`, execFileSync(program, args, { env, encoding: "utf8" }));
}
writeFileSync(`${RENDERED}/digest`, `${digestOfSources()}\n`);
