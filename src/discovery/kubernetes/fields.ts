/** Single fields of objects, checked as the API server should have. */
import { canonicalAddress } from "../../model/address.ts";
import { PROTOCOLS, type Protocol } from "../../model/service.ts";

/** Says that what depends on this field is left out. */
export type Refuse = (field: string, value: unknown, expected: string) => undefined;

/** Of services, namespaces and ports: what becomes part of a label can carry nothing else. */
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export function readLabel(value: unknown, field: string, refuse: Refuse): string | undefined {
	if (typeof value === "string" && DNS_LABEL.test(value)) return value;
	return refuse(field, value, "1 to 63 of a-z, 0-9 and -");
}

export function readPort(value: unknown, field: string, refuse: Refuse): number | undefined {
	if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65_535) return value;
	return refuse(field, value, "1 to 65535");
}

/** The API server fills in TCP, but what it lists may come from before it did. */
export function readProtocol(value: unknown, field: string, refuse: Refuse): Protocol | undefined {
	const protocol = PROTOCOLS.find((each) => each.toUpperCase() === (value ?? "TCP"));
	return protocol ?? refuse(field, value, "TCP, UDP or SCTP");
}

/** Canonical text. */
export function readAddress(value: unknown, field: string, refuse: Refuse): string | undefined {
	const address = typeof value === "string" ? canonicalAddress(value) : undefined;
	const isOne = address !== undefined && address !== "0.0.0.0" && address !== "::";
	return isOne ? address : refuse(field, value, "an IPv4 or IPv6 address");
}

/** The name of a port may be missing where there is but one. */
export function readPortName(value: unknown, field: string, refuse: Refuse): string | undefined {
	return value === undefined || value === null || value === "" ? "" : readLabel(value, field, refuse);
}
