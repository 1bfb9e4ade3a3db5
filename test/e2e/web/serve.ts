/** openServer() as a program: prints its port. */
import { parseArgs } from "node:util";
import { openServer } from "../../web/open-server.ts";

const { values } = parseArgs({
	options: {
		"web.config.file": { type: "string" },
		tokens: { type: "string" },
		"page-mb": { type: "string", default: "0" },
	},
});

const server = await openServer({
	webConfig: values["web.config.file"],
	tokens: values.tokens,
	pageMegabytes: Number(values["page-mb"]),
	log: (line) => void process.stderr.write(line),
});
process.stdout.write(`${server.port}\n`);
process.once("SIGTERM", () => void server.close());
