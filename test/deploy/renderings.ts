/** Everything that deploy/ can come to, and how. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export const RENDERED = "test/deploy/rendered";
/** Every overlay has values of the same name for the chart. */
export const OVERLAYS = ["plain", "beside-loxilb", "openshift"] as const;

/** The overlay for OpenShift, with TLS and a password. */
const WEB = "test/deploy/web";
const CHART = "deploy/helm/lbscope";
const SOURCES = ["deploy/kubernetes", CHART, "test/deploy/helm", WEB];

export interface Rendering {
	readonly name: string;
	readonly command: readonly string[];
}

export function renderings(): Rendering[] {
	return [
		...OVERLAYS.map((overlay) => kustomize(overlay, `deploy/kubernetes/overlays/${overlay}`)),
		kustomize("prometheus-operator", "deploy/kubernetes/prometheus-operator"),
		...OVERLAYS.map((overlay) => ({
			name: `helm-${overlay}`,
			command: chart(`${CHART}/ci/${overlay}-values.yaml`),
		})),
		kustomize("web", WEB),
		{ name: "helm-web", command: chart(`${CHART}/ci/openshift-values.yaml`, `${CHART}/ci/web-values.yaml`) },
	];
}

function kustomize(name: string, folder: string): Rendering {
	return { name: `kustomize-${name}`, command: ["kubectl", "kustomize", folder] };
}

function chart(...values: string[]): string[] {
	return ["go", "run", "test/deploy/helm/render.go", CHART, "lbscope", "lbscope", ...values];
}

/** Of all that the renderings are made from, names included. */
export function digestOfSources(): string {
	const hash = createHash("sha256");
	for (const file of SOURCES.flatMap(filesBelow).sort())
		hash.update(`${file}\0${readFileSync(file, "utf8")}\0`);
	return hash.digest("hex");
}

function filesBelow(folder: string): string[] {
	return readdirSync(folder, { recursive: true, encoding: "utf8" })
		.map((name) => join(folder, name))
		.filter((path) => statSync(path).isFile());
}
