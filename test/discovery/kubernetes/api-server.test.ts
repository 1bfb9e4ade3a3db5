import { expect, it } from "vitest";
import { findApiServer } from "../../../src/discovery/kubernetes/api-server.ts";

const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

it("is where the kubelet says, with the files that it mounts", () => {
	expect(findApiServer({ KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" })).toEqual({
		host: "fd00::1",
		port: 443,
		tokenFile: `${ACCOUNT}/token`,
		caFile: `${ACCOUNT}/ca.crt`,
	});
});

it("is nowhere outside a pod", () => {
	expect(findApiServer({})).toBeUndefined();
	expect(
		findApiServer({ KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "" }),
	).toBeUndefined();
});
