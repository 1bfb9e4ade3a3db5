/** What kubectl apply -k and helm install would send, held against the schemas of Kubernetes and each other. */
import { readdirSync, readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../src/config/parse-config.ts";
import { complaintsAbout, type KubernetesObject, parseObjects } from "./kubernetes-objects.ts";
import { digestOfSources, OVERLAYS, RENDERED, renderings } from "./renderings.ts";

const CHART = "deploy/helm/lbscope";

test("what is rendered is of the files that are there", () => {
	const stale = "deploy/ has changed: run `make manifests`";
	expect(readFileSync(`${RENDERED}/digest`, "utf8").trim(), stale).toBe(digestOfSources());
});

describe.each(renderings())("$name", ({ name }) => {
	const objects = read(name);

	test("is what the schemas allow", () => {
		expect(objects.flatMap(complaintsAbout)).toEqual([]);
		expect(objects.length).toBeGreaterThan(1);
	});

	test("has a configuration that lbscope takes", () => {
		const files = objects.flatMap(configsOf);
		// Read once: pods are replaced, and may give up what loads programs.
		const readOnce = { config: { reload: { watch: false, http: false } } };
		for (const text of files) expect(parseConfig(text, name)).toMatchObject(readOnce);
		expect(files).toHaveLength(name.endsWith("prometheus-operator") ? 0 : 1);
	});
});

test.each([...OVERLAYS, "web"])("the chart makes the same objects as the overlay %s", (overlay) => {
	// The chart leaves the namespace to `helm install --create-namespace`.
	const withoutNamespace = read(`kustomize-${overlay}`).filter(({ kind }) => kind !== "Namespace");
	expect(inOrder(read(`helm-${overlay}`))).toEqual(inOrder(withoutNamespace));
});

test("with a Secret for the page, it is mounted, named, and asked for by https", () => {
	const text = JSON.stringify(read("helm-web"));
	expect(text).toContain('"--web.config.file=/etc/lbscope-web/web.yaml"]');
	expect(text).toContain('{"name":"web","mountPath":"/etc/lbscope-web","readOnly":true}');
	expect(text.match(/"scheme":"HTTPS"/g)).toHaveLength(3);
	expect(text).toContain('"path":"/metrics","scheme":"https"');
	expect(text).toContain('"volumes":["configMap","hostPath","projected","secret"]');
});

test("values of the chart are checked, unknown ones refused", () => {
	const validate = new Ajv({ allowUnionTypes: true }).compile(
		JSON.parse(readFileSync(`${CHART}/values.schema.json`, "utf8")),
	);
	const values = ["values.yaml", ...readdirSync(`${CHART}/ci`).map((name) => `ci/${name}`)];
	for (const file of values) {
		validate(parse(readFileSync(`${CHART}/${file}`, "utf8")));
		expect(validate.errors, file).toBeNull();
	}
	for (const wrong of [
		{ imagee: {} },
		{ port: 0 },
		{ podMonitor: { interval: "10" } },
		{ maxUnavailable: "0%" },
		{ web: { secret: "lbscope-web" } },
	])
		expect(validate(wrong), JSON.stringify(wrong)).toBe(false);
});

test("every value of the chart has its schema", () => {
	const schema = JSON.parse(readFileSync(`${CHART}/values.schema.json`, "utf8"));
	const keys = Object.keys(parse(readFileSync(`${CHART}/values.yaml`, "utf8")));
	expect(
		Object.keys(schema.properties)
			.filter((key) => key !== "global")
			.sort(),
	).toEqual(keys.sort());
});

test("one version everywhere", () => {
	const { version } = JSON.parse(readFileSync("package.json", "utf8"));
	const chart = parse(readFileSync(`${CHART}/Chart.yaml`, "utf8"));
	const base = parse(readFileSync("deploy/kubernetes/base/kustomization.yaml", "utf8"));
	expect([chart.version, chart.appVersion, base.images[0].newTag]).toEqual([version, version, version]);
});

describe("a schema", () => {
	const daemonSet = read("kustomize-plain").find(({ kind }) => kind === "DaemonSet") as KubernetesObject;

	test("refuses an unknown field, wherever it is", () => {
		const wrong = edited(daemonSet, (text) => text.replace('"hostNetwork":', '"hostNetwrk":'));
		expect(complaintsAbout(wrong)).toEqual([
			'DaemonSet lbscope/spec/template/spec: unknown field "hostNetwrk"',
		]);
	});

	test("refuses a wrong type, and what is missing", () => {
		const wrong = edited(daemonSet, (text) => text.replace('"containerPort":8080', '"containerPort":"http"'));
		expect(complaintsAbout(wrong)).toEqual([
			"DaemonSet lbscope/spec/template/spec/containers/0/ports/0/containerPort must be integer",
		]);
		const less = edited(daemonSet, (text) => text.replace(/"selector":\{[^}]*\}\},/, ""));
		expect(complaintsAbout(less)).toEqual(["DaemonSet lbscope/spec must have required property 'selector'"]);
	});
});

function read(name: string): KubernetesObject[] {
	return parseObjects(readFileSync(`${RENDERED}/${name}.yaml`, "utf8"));
}

function edited(object: KubernetesObject, edit: (text: string) => string): KubernetesObject {
	return JSON.parse(edit(JSON.stringify(object)));
}

function configsOf(object: KubernetesObject): string[] {
	return object.kind === "ConfigMap" ? Object.values((object as unknown as { data: object }).data) : [];
}

/** Without what the two tools do in ways of their own: a change of the configuration rolls out by a name, or a note. */
function inOrder(objects: readonly KubernetesObject[]): unknown[] {
	return objects
		.map((object) => {
			const text = JSON.stringify(object)
				.replaceAll(/"lbscope-[a-z0-9]{10}"/g, '"lbscope"')
				.replace(/"annotations":\{"checksum\/config":"[0-9a-f]{64}"\},?/, "");
			const plain = JSON.parse(text.replaceAll(",}", "}"));
			if (plain.kind === "ConfigMap") plain.data["config.yaml"] = parse(plain.data["config.yaml"]);
			return plain;
		})
		.sort((a, b) => (a.kind < b.kind ? -1 : 1));
}
