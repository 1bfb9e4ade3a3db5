/** The two kinds of objects that are listed and watched. deploy/kubernetes/base/rbac.yaml allows these and nothing else. */
import type { Refuse } from "./fields.ts";
import { type KubeService, readService } from "./kube-service.ts";
import { type KubeSlice, readSlice, SERVICE_NAME } from "./kube-slice.ts";
import type { Resource } from "./list-watch.ts";

/** In all namespaces, unless one is given. */
export function servicesIn(
	namespace: string | undefined,
	labelSelector: string,
	refuse: Refuse,
): Resource<KubeService> {
	return {
		kind: "services",
		path: `/api/v1${scopeOf(namespace)}/services`,
		labelSelector,
		read: (object) => readService(object, refuse),
	};
}

/** Whatever services are wanted: the labels of a service are not always on its slices. Those of headless ones stay away, as from kube-proxy. */
export function slicesIn(namespace: string | undefined, refuse: Refuse): Resource<KubeSlice> {
	return {
		kind: "endpointslices",
		path: `/apis/discovery.k8s.io/v1${scopeOf(namespace)}/endpointslices`,
		labelSelector: `${SERVICE_NAME},!service.kubernetes.io/headless`,
		read: (object) => readSlice(object, refuse),
	};
}

function scopeOf(namespace: string | undefined): string {
	return namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
}
