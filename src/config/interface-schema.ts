import { z } from "zod";
import { mapping, unique } from "./collections.ts";
import type { Interface } from "./config.ts";
import { netnsPath, text } from "./scalars.ts";
import { findUnfitCharacter } from "./unfit-character.ts";

/** The kernel's own rule, dev_valid_name(): 15 bytes, and nothing that sysfs or ioctls would stumble over. */
const interfaceName = text(
	"the name of an interface: 1 to 15 bytes without blanks, / or :",
	(name) =>
		Buffer.byteLength(name) <= 15 &&
		/^[^\s/:\p{Cc}]+$/u.test(name) &&
		!/^\.\.?$/.test(name) &&
		!findUnfitCharacter(name),
).refine((name) => name !== "auto", "a name: auto stands alone, not in a list");

const item = z.preprocess(
	(value) => (typeof value === "object" && !Array.isArray(value) ? value : { name: value }),
	mapping({ name: interfaceName, netns: netnsPath.optional() }).transform(
		({ name, netns }): Interface => ({ name, netns }),
	),
);

const list = z
	.array(item, "auto or a list of interfaces")
	.min(1, "auto or at least one interface")
	.check(
		unique(
			({ name, netns }) => `interface ${name}${netns === undefined ? "" : ` of ${netns}`}`,
			"each interface once",
		),
	);

export const interfaces = z.preprocess(
	(value) => (value === "auto" ? undefined : value),
	list.optional().transform((found) => found ?? ("auto" as const)),
);
