/** Secrets do not belong into a URL: whatever lies between writes it down. */
import type { RequestHandler } from "express";
import { sendText } from "./send.ts";

const SECRET = /token|passw|secret|api[-_]?key|auth|bearer|credential|^key$|^pass$|^pwd$/i;
const HINT = "Credentials in a URL are refused. Expected a header: Authorization: Bearer TOKEN, or Basic.";

export const refuseUrlSecrets: RequestHandler = (req, res, next) => {
	if (hasSecret(req.url)) return void sendText(res.set("Connection", "close"), 400, HINT);
	next();
};

/** In the names of its parameters, or in front of the host, as in http://user:password@host/. */
function hasSecret(url: string): boolean {
	const [path = "", query = ""] = url.split(/\?(.*)/s);
	if (/^[a-z]+:\/\/[^/]*@/i.test(path)) return true;
	return [...new URLSearchParams(query.replaceAll(";", "&")).keys()].some((name) => SECRET.test(name));
}
