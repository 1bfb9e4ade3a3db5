/** The `dip` of a pair: the text of an endpoint as it stands in a key. */
import { formatAddress } from "../model/address.ts";
import { UNKNOWN } from "../model/reading.ts";
import { ENDPOINT_MAC, ENDPOINT_MAC_IPV6, type EndpointNames, MAC_BYTES } from "./endpoint-names.ts";

/** enum endpoint_kind */
const ENDPOINT_UNKNOWN = 0;

/** `kind`: enum endpoint_kind, says what the 16 bytes at `offset` are. */
export function endpointText(bytes: Buffer, offset: number, kind: number, names: EndpointNames): string {
	if (kind === ENDPOINT_UNKNOWN) return UNKNOWN;
	if (kind !== ENDPOINT_MAC && kind !== ENDPOINT_MAC_IPV6) return formatAddress(bytes, offset);
	return names.nameOf(bytes.subarray(offset, offset + MAC_BYTES), kind === ENDPOINT_MAC);
}
