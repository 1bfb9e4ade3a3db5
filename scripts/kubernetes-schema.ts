/**
 * Writes test/deploy/schema/kubernetes.json: of the OpenAPI of Kubernetes, the definitions of the kinds that deploy/ has.
 * npx tsx scripts/kubernetes-schema.ts swagger.json "where it is from"
 */
import { readFileSync, writeFileSync } from "node:fs";

const KINDS = [
	"io.k8s.api.apps.v1.DaemonSet",
	"io.k8s.api.core.v1.ConfigMap",
	"io.k8s.api.core.v1.Namespace",
	"io.k8s.api.core.v1.ServiceAccount",
	"io.k8s.api.networking.v1.NetworkPolicy",
	"io.k8s.api.rbac.v1.ClusterRole",
	"io.k8s.api.rbac.v1.ClusterRoleBinding",
];
const FILE = new URL("../test/deploy/schema/kubernetes.json", import.meta.url);
const REFERENCE = /"#\/definitions\/([^"]+)"/g;

type Definitions = Readonly<Record<string, object>>;

const [swagger, source] = process.argv.slice(2);
if (!swagger || !source) throw new Error('usage: kubernetes-schema.ts swagger.json "where it is from"');
const { definitions, info } = JSON.parse(readFileSync(swagger, "utf8"));
const kept = [...reachable(definitions, KINDS)].sort();
const schema = {
	$comment: `Kubernetes ${info.version}, from ${source}. Copyright The Kubernetes Authors, Apache-2.0. Descriptions left out.`,
	definitions: Object.fromEntries(kept.map((name) => [name, withoutTexts(definitions[name])])),
};
writeFileSync(FILE, `${JSON.stringify(schema)}\n`);

function reachable(
	definitions: Definitions,
	names: readonly string[],
	seen = new Set<string>(),
): Set<string> {
	for (const name of names) {
		if (seen.has(name)) continue;
		seen.add(name);
		const used = [...JSON.stringify(definitions[name]).matchAll(REFERENCE)].map(([, found = ""]) => found);
		reachable(definitions, used, seen);
	}
	return seen;
}

/** A property may be called description: only texts are. */
function withoutTexts(definition: object): unknown {
	return JSON.parse(JSON.stringify(definition), (key, value) =>
		key === "description" && typeof value === "string" ? undefined : value,
	);
}
