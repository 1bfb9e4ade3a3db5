/** Lets through who shows a token or a password that a file knows. */
import type { Request, RequestHandler, Response } from "express";
import { isToken } from "./bearer-tokens.ts";
import { clientOf } from "./client-address.ts";
import { parseAuthorization } from "./credentials.ts";
import { asksForCredentials, type Door } from "./door.ts";
import type { Passwords } from "./passwords.ts";
import { sendBusy, sendText } from "./send.ts";

export function requireCredentials(
	door: () => Door,
	passwords: Passwords,
	refused: (reason: "credentials" | "busy") => void,
): RequestHandler {
	return async (req, res, next) => {
		const asked = door();
		if (!asksForCredentials(asked)) return next();
		const checking = check(asked, passwords, req);
		if (checking === undefined) {
			refused("busy");
			return sendBusy(res, 429, "Too many passwords wait to be checked.");
		}
		if (await checking) return next();
		refused("credentials");
		if (!res.destroyed) challenge(res, asked);
	};
}

function check({ users, tokens }: Door, passwords: Passwords, { headers, socket }: Request) {
	const given = parseAuthorization(headers.authorization);
	if (given?.scheme === "bearer") return isToken(tokens, given.token);
	if (given?.scheme === "basic" && users.size > 0) return passwords.check(clientOf(socket), users, given);
	return false;
}

function challenge(res: Response, { users, tokens }: Door): void {
	const schemes = [users.size > 0 ? "Basic" : [], tokens.length > 0 ? "Bearer" : []].flat();
	res.set(
		"WWW-Authenticate",
		schemes.map((scheme) => `${scheme} realm="lbscope"`),
	);
	sendText(res, 401, `Not authorized: expected ${schemes.join(" or ")} credentials.`);
}
