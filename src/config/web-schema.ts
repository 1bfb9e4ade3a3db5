/** Who may ask, and how: files of their own, so that secrets stay out of the configuration. */
import { mapping } from "./collections.ts";
import { absolutePath } from "./scalars.ts";

export const web = mapping({
	config_file: absolutePath.optional(),
	bearer_tokens_file: absolutePath.optional(),
}).transform((section) => ({
	configFile: section.config_file,
	bearerTokensFile: section.bearer_tokens_file,
}));
