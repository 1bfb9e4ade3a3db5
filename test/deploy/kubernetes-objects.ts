/** What Kubernetes would say about an object, without a Kubernetes. */
import { readFileSync } from "node:fs";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { parseAllDocuments } from "yaml";

export interface KubernetesObject {
	readonly apiVersion: string;
	readonly kind: string;
	readonly metadata: { readonly name: string; readonly namespace?: string };
}

interface Definition {
	readonly properties?: Readonly<Record<string, unknown>>;
	readonly "x-kubernetes-group-version-kind"?: readonly { group: string; version: string; kind: string }[];
}

type Definitions = Readonly<Record<string, Definition>>;

/** Fields of OpenAPI that need no check, or that are strings to JSON and more to Kubernetes. */
const MORE_THAN_STRINGS: Definitions = {
	"io.k8s.apimachinery.pkg.util.intstr.IntOrString": { type: ["integer", "string"] } as Definition,
	"io.k8s.apimachinery.pkg.api.resource.Quantity": {
		type: ["number", "string"],
		pattern: "^[0-9.]+([eE][0-9]+|[mkKMGTPE]i?)?$",
	} as Definition,
};

const definitions: Definitions = {
	...readDefinitions("kubernetes.json"),
	...readDefinitions("other.json"),
	...MORE_THAN_STRINGS,
};
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
const compiled = new Map<string, ValidateFunction>();

/** Empty when it is right; unknown fields are wrong. */
export function complaintsAbout(object: KubernetesObject): string[] {
	const name = `${object.kind} ${object.metadata?.name}`;
	const definition = definitionOf(object);
	if (!definition) return [`${name}: no schema for ${object.apiVersion} ${object.kind}`];
	const validate = compiled.get(definition) ?? compile(definition);
	compiled.set(definition, validate);
	return validate(object) ? [] : (validate.errors ?? []).map((error) => `${name}${explain(error)}`);
}

export function parseObjects(text: string): KubernetesObject[] {
	return parseAllDocuments(text)
		.map((document) => {
			if (document.errors.length + document.warnings.length > 0)
				throw new Error([...document.errors, ...document.warnings].join("\n"));
			return document.toJS();
		})
		.filter((object) => object !== null);
}

function definitionOf({ apiVersion, kind }: KubernetesObject): string | undefined {
	const [version, group = ""] = apiVersion.split("/").reverse();
	const found = Object.entries(definitions).find(([, definition]) =>
		definition["x-kubernetes-group-version-kind"]?.some(
			(each) => each.group === group && each.version === version && each.kind === kind,
		),
	);
	return found?.[0] ?? (Object.hasOwn(definitions, kind) ? kind : undefined);
}

function compile(name: string): ValidateFunction {
	return ajv.compile({ $ref: `#/definitions/${name}`, definitions });
}

/** A mapping of listed fields takes no others. */
function readDefinitions(file: string): Definitions {
	const text = readFileSync(new URL(`schema/${file}`, import.meta.url), "utf8");
	return JSON.parse(text, (key, value) =>
		key !== "properties" &&
		isMapping(value) &&
		isMapping(value.properties) &&
		!("additionalProperties" in value)
			? { ...value, additionalProperties: false }
			: value,
	).definitions;
}

function isMapping(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function explain({ instancePath, message, params }: ErrorObject): string {
	const field = (params as { additionalProperty?: string }).additionalProperty;
	return field === undefined ? `${instancePath} ${message}` : `${instancePath}: unknown field "${field}"`;
}
