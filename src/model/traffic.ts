/** What was counted. */

export interface Traffic {
	readonly bytes: number;
	readonly packets: number;
}

/** What series that left the page had counted, by the level they left. */
export interface RetiredTraffic {
	readonly pair: Traffic;
	readonly client: Traffic;
	readonly endpoint: Traffic;
}
