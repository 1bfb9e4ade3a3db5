/** deploy/kubernetes/base/rbac.yaml allows what the discovery asks for, and nothing else. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { isWatch } from "./cluster.ts";
import { expectLast, follow, newCluster } from "./with-discovery.ts";

interface Rule {
	readonly apiGroups: readonly string[];
	readonly resources: readonly string[];
	readonly verbs: readonly string[];
}

const documents = parseAllDocuments(readFileSync("deploy/kubernetes/base/rbac.yaml", "utf8")).map((each) =>
	each.toJS(),
);
const ofKind = (kind: string) => documents.find((each) => each.kind === kind);

/** "list services" of the group, as the API server derives it from a request. */
function permissionOf(url: URL): string {
	const [, group = "", resource] =
		/^\/(?:api|apis\/([^/]+))\/v1(?:\/namespaces\/[^/]+)?\/([^/]+)$/.exec(url.pathname) ?? [];
	return `${isWatch(url) ? "watch" : "list"} ${resource}.${group}`;
}

function allowed({ apiGroups, resources, verbs }: Rule): string[] {
	return verbs.flatMap((verb) =>
		resources.flatMap((resource) => apiGroups.map((group) => `${verb} ${resource}.${group}`)),
	);
}

it.each([
	["the whole cluster", []],
	["namespaces", ["default", "shop"]],
])("the role allows exactly what is asked for when following %s", async (_, namespaces) => {
	const cluster = newCluster();
	const followed = await follow(cluster, { namespaces });
	await expectLast(followed).toEqual([]);
	await expect.poll(() => cluster.asked.filter(isWatch)).toHaveLength(2 * Math.max(1, namespaces.length));
	const asked = new Set(cluster.asked.map(permissionOf));
	expect(asked).toEqual(new Set(ofKind("ClusterRole").rules.flatMap(allowed)));
});

it("the role is bound to the service account", () => {
	const { name, namespace } = ofKind("ServiceAccount").metadata;
	const { roleRef, subjects } = ofKind("ClusterRoleBinding");
	expect(subjects).toEqual([{ kind: "ServiceAccount", name, namespace }]);
	expect(roleRef).toEqual({
		apiGroup: "rbac.authorization.k8s.io",
		kind: "ClusterRole",
		name: ofKind("ClusterRole").metadata.name,
	});
});
