/** The header Authorization. */

export type Given =
	| { readonly scheme: "bearer"; readonly token: string }
	| { readonly scheme: "basic"; readonly user: string; readonly password: string };

/** Undefined when there is none, or none that can be understood. */
export function parseAuthorization(header: string | undefined): Given | undefined {
	const [, scheme = "", value = ""] = /^(basic|bearer) +([\w.~+/-]+=*)$/i.exec(header ?? "") ?? [];
	if (scheme.toLowerCase() === "bearer") return { scheme: "bearer", token: value };
	if (scheme.toLowerCase() !== "basic") return undefined;
	const [, user, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(value, "base64").toString()) ?? [];
	return user === undefined || password === undefined ? undefined : { scheme: "basic", user, password };
}
