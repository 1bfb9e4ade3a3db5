import { CLIENT_SERIES_NAMES, NAME_SETS } from "../../src/config/config.ts";

/** All that `metrics.names` can ask for. */
export const EVERY_NAME = [...NAME_SETS, ...CLIENT_SERIES_NAMES];
