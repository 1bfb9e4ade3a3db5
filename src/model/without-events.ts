/** What a source cannot tell that sees tables but no events: flows that it missed are no requests, and ends leave no trace. */
import type { DataPath, ServiceRow } from "./snapshot.ts";

export function withoutEvents(dataPath: DataPath): DataPath {
	const { rates } = dataPath;
	return {
		...dataPath,
		requests: undefined,
		errors: undefined,
		newFlows: undefined,
		rates: rates && { ...rates, requests: undefined, errors: undefined },
		services: dataPath.services.map(withoutEventsOfService),
	};
}

function withoutEventsOfService(row: ServiceRow): ServiceRow {
	return {
		...row,
		requests: undefined,
		errors: undefined,
		errorsBy: [],
		unattributedBytes: undefined,
		rps1mAvg: undefined,
		rps1mPeak: undefined,
	};
}
