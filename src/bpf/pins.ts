/** Pins: files on a bpffs that keep BPF objects in the kernel when no process has them open. */
import {
	accessSync,
	chmodSync,
	constants,
	existsSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	realpathSync,
	rmdirSync,
	rmSync,
	type Stats,
	statfsSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { check, ENOENT } from "./kernel-error.ts";
import { getLibbpf } from "./libbpf.ts";

const BPF_FS_MAGIC = 0xcafe4a11;
const BPF_F_RDONLY = 8;
/** Where systemd and everybody else mounts it. */
const USUAL_MOUNT_POINT = "/sys/fs/bpf";
const WRITABLE_BY_OTHERS = 0o022;
const FOR_OTHERS = 0o077;
/** In such a directory nobody may rename or remove what belongs to others. */
const STICKY = 0o1000;

export function pin(fd: number, path: string): void {
	// The kernel keeps such names to itself, and says only EPERM.
	if (basename(path).includes("."))
		throw new Error(`Cannot pin ${path}: its name has a dot, expected a name without`);
	check(getLibbpf().bpf_obj_pin(fd, path), `pin ${path}`);
}

/** A file descriptor that the caller must close; undefined when nothing is pinned there. */
export function openPin(path: string): number | undefined {
	refuseStranger(path);
	const fd: number = getLibbpf().bpf_obj_get(path);
	return fd === -ENOENT ? undefined : check(fd, `open pin ${path}`);
}

/** The same of a map that is another program's: what has no right to write can do it no harm. */
export function openPinToRead(path: string): number | undefined {
	refuseStranger(path);
	const fd: number = getLibbpf().bpf_obj_get_opts(path, { sz: 16, file_flags: BPF_F_RDONLY, _reserved: 0 });
	return fd === -ENOENT ? undefined : check(fd, `open pin ${path}`);
}

function refuseStranger(path: string): void {
	const found = lstatSync(path, { throwIfNoEntry: false });
	if (found && (!found.isFile() || (found.uid !== 0 && found.uid !== ownUser())))
		throw new Error(`Cannot open pin ${path}: it belongs to user ${found.uid}, or is no pin`);
}

/** One that is not there is unpinned already. */
export function unpin(path: string): void {
	rmSync(path, { force: true });
}

/** Names of the pins in a directory, in order; none when it is not there. */
export function listPins(directory: string): string[] {
	if (!existsSync(directory)) return [];
	const files = readdirSync(directory, { withFileTypes: true });
	return files
		.filter((file) => file.isFile() && !file.name.includes("."))
		.map(({ name }) => name)
		.sort();
}

/** Makes the directory and those above it, for its owner alone. One that is there must be ours. */
export function makePinDirectory(directory: string): void {
	const reason = whyNoPins(directory);
	if (reason !== undefined) throw new Error(`Cannot keep pins: ${reason}`);
	mkdirSync(directory, { recursive: true, mode: 0o700 });
	if (lstatSync(directory).mode & FOR_OTHERS) chmodSync(directory, 0o700);
}

/** With its pins; one that is not there is removed already. A directory in it is nothing that was pinned: it stays. */
export function removePinDirectory(directory: string): void {
	if (!existsSync(directory)) return;
	for (const name of listPins(directory)) unpin(join(directory, name));
	rmdirSync(directory);
}

/** Why nothing can be pinned in this directory, which need not be there yet; undefined when it can. */
export function whyNoPins(directory: string): string | undefined {
	const existing = nearestExisting(directory);
	if (statfsSync(existing).type !== BPF_FS_MAGIC)
		return `${directory} is on no bpffs, expected one: mount -t bpf bpf ${mountPoint(directory)}`;
	const reason = (existing === directory && whyNotOurs(directory)) || whyPathNotSafe(directory);
	if (reason) return reason;
	try {
		accessSync(existing, constants.W_OK | constants.X_OK);
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		return `${existing} cannot be written (${code}), expected the right to`;
	}
	return undefined;
}

function nearestExisting(path: string): string {
	return existsSync(path) ? path : nearestExisting(dirname(path));
}

/** A mount must not hide what is in the directories above. */
function mountPoint(directory: string): string {
	return `${directory}/`.startsWith(`${USUAL_MOUNT_POINT}/`) ? USUAL_MOUNT_POINT : directory;
}

/** What others put there would be adopted: as maps that are counted on, and programs that are replaced. */
function whyNotOurs(directory: string): string | undefined {
	const { uid, mode } = lstatSync(directory);
	if (uid !== ownUser()) return `${directory} belongs to user ${uid}, expected ${ownUser()}`;
	if (mode & WRITABLE_BY_OTHERS)
		return `${directory} can be written by others, expected mode 0700: chmod 0700 ${directory}`;
	return undefined;
}

/** Whoever may rename a directory above, or owns a symbolic link in the path, could put another in its place. */
function whyPathNotSafe(directory: string): string | undefined {
	const parent = dirname(directory);
	if (parent === directory) return undefined;
	const found = lookAt(directory);
	if (found && found.uid !== 0 && found.uid !== ownUser())
		return `${directory} belongs to user ${found.uid}, expected ${ownUser()} or root`;
	if (found?.isSymbolicLink()) return whyPathNotSafe(realpathSync(directory)) ?? whyPathNotSafe(parent);
	const isOpen =
		found !== undefined && (found.mode & WRITABLE_BY_OTHERS) !== 0 && (found.mode & STICKY) === 0;
	if (isOpen) return `${directory} can be written by others, expected that they cannot, or mode 1777`;
	return whyPathNotSafe(parent);
}

/** Undefined when it is not there, or in a directory that this user may not look into: accessSync() has the word for that. */
function lookAt(path: string): Stats | undefined {
	try {
		return lstatSync(path, { throwIfNoEntry: false });
	} catch {
		return undefined;
	}
}

function ownUser(): number | undefined {
	return process.geteuid?.();
}
