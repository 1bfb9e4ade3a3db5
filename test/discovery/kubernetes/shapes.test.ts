/** Objects of a cluster as the API server writes them, and what becomes of them. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { buildServices } from "../../../src/discovery/kubernetes/build-services.ts";
import type { Json } from "../../../src/discovery/kubernetes/json.ts";
import { readService } from "../../../src/discovery/kubernetes/kube-service.ts";
import { readSlice } from "../../../src/discovery/kubernetes/kube-slice.ts";
import { linesOf } from "./with-discovery.ts";

function itemsOf(name: string): Json[] {
	return JSON.parse(readFileSync(new URL(`shapes/${name}.json`, import.meta.url), "utf8")).items;
}

const refused: string[] = [];
const refuse = (field: string) => void refused.push(field) as undefined;
const services = itemsOf("services").flatMap((each) => readService(each, refuse) ?? []);
const slices = itemsOf("endpointslices").flatMap((each) => readSlice(each, refuse) ?? []);
const NODE = ["192.0.2.1", "2001:db8::1"];

it("becomes a row for each VIP, port and protocol, with the endpoints of its family", async () => {
	expect(linesOf(await buildServices(services, slices, NODE))).toEqual([
		"default/kubernetes 10.96.0.1:443/tcp -> +172.18.0.2:6443",
		"kube-system/kube-dns:dns 10.96.0.10:53/udp -> +10.244.0.2:53 -10.244.0.3:53",
		"kube-system/kube-dns:dns-tcp 10.96.0.10:53/tcp -> +10.244.0.2:53 -10.244.0.3:53",
		"kube-system/kube-dns:metrics 10.96.0.10:9153/tcp -> +10.244.0.2:9153 -10.244.0.3:9153",
		"shop/web 10.96.44.7:80/tcp -> +10.244.1.7:8080 +10.244.1.8:8080 10.244.1.9:8080",
		"shop/web [fd00:10:96::a1b2]:80/tcp -> +[fd00:10:244:1::7]:8080",
		"shop/web 203.0.113.9:80/tcp -> +10.244.1.7:8080 +10.244.1.8:8080 10.244.1.9:8080",
		"shop/web 198.51.100.20:80/tcp -> +10.244.1.7:8080 +10.244.1.8:8080 10.244.1.9:8080",
		"shop/web [2001:db8::20]:80/tcp -> +[fd00:10:244:1::7]:8080",
		"shop/web 192.0.2.1:31080/tcp -> +10.244.1.7:8080 +10.244.1.8:8080 10.244.1.9:8080",
		"shop/web [2001:db8::1]:31080/tcp -> +[fd00:10:244:1::7]:8080",
		"core5g/amf 10.96.3.3:38412/sctp ->",
		"core5g/amf 192.0.2.1:32412/sctp ->",
	]);
	expect(refused).toEqual([]);
});

it("says namespace, name and type", async () => {
	const built = await buildServices(services, slices, []);
	const told = new Set(built.map(({ namespace, name, type }) => `${namespace} ${name} ${type}`));
	expect([...told]).toEqual([
		"default kubernetes ClusterIP",
		"kube-system kube-dns ClusterIP",
		"shop web LoadBalancer",
		"core5g amf NodePort",
	]);
});
