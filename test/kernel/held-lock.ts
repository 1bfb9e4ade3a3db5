/** A program that locks a directory and keeps it until it is killed: `tsx held-lock.ts <directory>`. */
import { lockDirectory } from "../../src/bpf/directory-lock.ts";

lockDirectory(process.argv[2] ?? "");
console.log("locked");
setInterval(() => {}, 60_000);
