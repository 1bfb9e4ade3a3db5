/** A rule of ours, as the data path needs it. */
export interface Rule {
	readonly name: string;
	readonly action: "drop" | "count";
	/** Empty: any. */
	readonly source: readonly AddressPrefix[];
	/** Empty: any. */
	readonly destination: readonly AddressPrefix[];
	/** IP protocol number; undefined: any. */
	readonly protocol: number | undefined;
	/** Destination ports, both ends included. Empty: any. */
	readonly ports: readonly { readonly first: number; readonly last: number }[];
}

export interface AddressPrefix {
	readonly address: string;
	/** Bits, of 32 or 128. */
	readonly length: number;
}

/** As many as a rule mask has bits: FIREWALL_MAX_RULES in bpf/firewall_maps.h. */
export const MAX_RULES = 256;
