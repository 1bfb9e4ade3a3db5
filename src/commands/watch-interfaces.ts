/** Attaches to interfaces as they come, and says so. */
import type { InterfaceChange, InterfaceSet } from "../bpf/interfaces.ts";
import { createTrouble, type Log } from "../log.ts";

/** Interfaces come back at any moment: what passes until they are noticed is not counted. */
const INTERFACE_CHECK_MS = 1000;

/** Resolves when what is there is attached; and then again and again, until the timer is cleared. */
export async function watchInterfaces(interfaces: InterfaceSet, log: Log): Promise<NodeJS.Timeout> {
	const trouble = createTrouble(log, "cannot look at the interfaces");
	const sync = async () => reportInterfaces(await interfaces.syncInTurns(), log);
	// What fails now must not be taken for attached: counts of earlier programs are carried over next.
	await sync();
	let isRunning = false;
	return setInterval(() => {
		if (isRunning) return;
		isRunning = true;
		void sync()
			.then(trouble.over, (error: Error) => trouble.because(error.message))
			.finally(() => {
				isRunning = false;
			});
	}, INTERFACE_CHECK_MS);
}

const EVENTS = { gone: "interface gone", failed: "not attached", removed: "left by an earlier run" } as const;

export function reportInterfaces(changes: readonly InterfaceChange[], log: Log): void {
	for (const change of changes) report(change, log);
}

function report({ interface: name, what, detail }: InterfaceChange, log: Log): void {
	if (what === "attached") log.info("attached", { interface: name, by: detail });
	else if (what === "left") log.info("detached", { interface: name, reason: detail });
	else log.warn(EVENTS[what], { interface: name, reason: detail });
}
