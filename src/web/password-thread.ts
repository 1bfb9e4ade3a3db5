/** Compares passwords with bcrypt hashes in a thread of its own: one comparison takes some 60 ms of a CPU. */
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";

export interface PasswordThread {
	/** One after another. */
	compare(password: string, hash: string): Promise<boolean>;
	close(): void;
}

/** As text: there is no file whose name is the same before and after the build. */
const PROGRAM = `
const { parentPort, workerData } = require("node:worker_threads");
const { compareSync } = require(workerData.bcrypt);
parentPort.on("message", ({ password, hash }) => parentPort.postMessage(compareSync(password, hash)));
`;
const LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 };

/** Starts at the first password, and again when it died. */
export function createPasswordThread(): PasswordThread {
	const bcrypt = createRequire(import.meta.url).resolve("bcryptjs");
	let worker: Worker | undefined;
	const start = () => {
		const started = new Worker(PROGRAM, {
			eval: true,
			workerData: { bcrypt },
			resourceLimits: LIMITS,
			env: {},
		});
		started.unref();
		// It comes before the end, of which alone is told below.
		started.on("error", () => {});
		started.once("exit", () => {
			if (worker === started) worker = undefined;
		});
		return started;
	};
	return {
		async compare(password, hash) {
			worker ??= start();
			worker.postMessage({ password, hash });
			return answerOf(worker);
		},
		close: () => void worker?.terminate(),
	};
}

function answerOf(worker: Worker): Promise<boolean> {
	return new Promise((resolve, reject) => {
		const ended = () =>
			reject(new Error("Cannot compare the password: the thread has ended, expected an answer"));
		worker.once("exit", ended);
		worker.once("message", (isRight: boolean) => {
			worker.off("exit", ended);
			resolve(isRight);
		});
	});
}
