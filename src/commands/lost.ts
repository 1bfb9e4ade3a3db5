/** What the numbers do not tell. */
export interface Lost {
	/** Why counts of earlier runs are lost, if any are. */
	readonly forgotten: readonly string[];
	/** Why something that is asked for is not counted. */
	readonly uncounted: readonly string[];
}
