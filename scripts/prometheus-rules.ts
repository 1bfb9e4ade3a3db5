/**
 * alerts/ and recording-rules/ as a PrometheusRule, and for the Helm chart as the groups in it. With --check it only says
 * whether both are up to date (exit code 1 when not).
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { parse, stringify } from "yaml";

const FOLDERS = ["recording-rules", "alerts"];
const NOTE = "# Made from alerts/ and recording-rules/ by scripts/prometheus-rules.ts.\n";
const FORMAT = { lineWidth: 0, aliasDuplicateObjects: false };

const groups = FOLDERS.flatMap((folder) =>
	readdirSync(folder)
		.sort()
		.flatMap((name) => parse(readFileSync(`${folder}/${name}`, "utf8")).groups),
);
const rule = {
	apiVersion: "monitoring.coreos.com/v1",
	kind: "PrometheusRule",
	metadata: { name: "lbscope", labels: { "app.kubernetes.io/name": "lbscope" } },
	spec: { groups },
};
const outputs = {
	"deploy/kubernetes/prometheus-operator/prometheusrule.yaml": NOTE + stringify(rule, FORMAT),
	"deploy/helm/lbscope/files/rules.yaml": NOTE + stringify({ groups }, FORMAT),
};

for (const [file, wanted] of Object.entries(outputs)) {
	if (!process.argv.includes("--check")) {
		writeFileSync(file, wanted);
	} else if (readFileSync(file, "utf8") !== wanted) {
		console.error(`${file} is stale, expected what \`make manifests\` writes`);
		process.exitCode = 1;
	}
}
