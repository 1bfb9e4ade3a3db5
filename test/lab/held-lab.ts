/** A program that brings a lab up and keeps it until it is killed: `tsx held-lab.ts <prefix>`. */
import { createLab } from "../../scripts/lab/lab.ts";

await createLab({ prefix: process.argv[2] ?? "" });
console.log("up");
setInterval(() => {}, 60_000);
