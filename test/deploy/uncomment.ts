/** A commented configuration file with every setting turned on. */

/** A setting is "#key: value" or "#- key: value"; "# words" stay comments. */
export function uncomment(text: string): string {
	return text.replace(/^( *)#(?=\S)/gm, "$1");
}
