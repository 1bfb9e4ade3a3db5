/** What stands in a label in place of an address. */

/** `dip` of bytes whose endpoint never became known. */
export const UNKNOWN = "unknown";
/** `sip` and `dip` of traffic that found no room for a series of its own. */
export const OTHER = "other";
