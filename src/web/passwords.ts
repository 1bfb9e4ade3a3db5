/** Whether a user and a password belong together. What was right before is known at once; what is not, takes its time. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createFairQueue } from "./fair-queue.ts";
import { createPasswordThread } from "./password-thread.ts";

export interface Passwords {
	/** Undefined: too many wait for an answer already. */
	check(client: string, users: Users, given: Credentials): Promise<boolean> | undefined;
	close(): void;
}

/** Bcrypt hashes by name; not empty. */
export type Users = ReadonlyMap<string, string>;

export interface Credentials {
	readonly user: string;
	readonly password: string;
}

const WAITING = { perClient: 4, total: 64 };

export function createPasswords(): Passwords {
	const thread = createPasswordThread();
	const queue = createFairQueue(WAITING);
	const key = randomBytes(32);
	/** By user: the last that was right, with the hash for which it was. */
	const right = new Map<string, Buffer>();
	return {
		check(client, users, { user, password }) {
			const hash = users.get(user);
			const mark = markOf(key, [user, hash ?? "", password]);
			const known = right.get(user);
			if (hash !== undefined && known && timingSafeEqual(known, mark)) return Promise.resolve(true);
			return queue.add(client, async () => {
				const startMs = performance.now();
				const isRight = await thread.compare(password, hash ?? hashOfNobody(users));
				if (isRight && hash !== undefined) {
					right.set(user, mark);
					return true;
				}
				// Guessing takes half of a CPU at most.
				await sleep(performance.now() - startMs);
				return false;
			});
		},
		close: thread.close,
	};
}

/** Lengths go in as well: no two sets of parts have one text (GHSA-4v48-4q5m-8vx4). */
function markOf(key: Buffer, parts: readonly string[]): Buffer {
	const hmac = createHmac("sha256", key);
	for (const part of parts) hmac.update(`${Buffer.byteLength(part)}:${part}`);
	return hmac.digest();
}

const NOBODY = randomBytes(39).toString("base64").replaceAll("+", ".").slice(0, 52);

/** Takes as long as that of a real user, and no password is known for it. */
function hashOfNobody(users: Users): string {
	const [first = ""] = users.values();
	// The last character of a salt has two bits.
	return `${first.slice(0, 7)}${NOBODY.slice(0, 21)}u${NOBODY.slice(21)}`;
}
