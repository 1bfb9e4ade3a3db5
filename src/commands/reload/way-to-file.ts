/** The way on which the kernel finds a file: every directory on it, those included to which links lead. */
import { lstatSync, readlinkSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";

/** What the kernel allows (MAXSYMLINKS). */
const MAX_LINKS = 40;

/** Names that are looked up, by directory. As far as it goes: what is missing may come. */
export function wayToFile(file: string): Map<string, Set<string>> {
	const way = new Map<string, Set<string>>();
	let names = partsOf(resolve(file));
	let [directory, links] = [sep as string, 0];
	for (let name = names.shift(); name !== undefined; name = names.shift()) {
		if (name === "..") {
			directory = dirname(directory);
			continue;
		}
		way.set(directory, (way.get(directory) ?? new Set()).add(name));
		const path = join(directory, name);
		const target = linkTarget(path);
		if (target === undefined) {
			directory = path;
			continue;
		}
		if (++links > MAX_LINKS) break;
		names = [...partsOf(target), ...names];
		if (target.startsWith(sep)) directory = sep;
	}
	return way;
}

/** Not by normalize(): behind a link, `..` leads elsewhere than its text says. */
function partsOf(path: string): string[] {
	return path.split(sep).filter((part) => part !== "" && part !== ".");
}

/** Undefined when there is no link. */
function linkTarget(path: string): string | undefined {
	const found = lstatSync(path, { throwIfNoEntry: false });
	return found?.isSymbolicLink() ? readlinkSync(path) : undefined;
}
