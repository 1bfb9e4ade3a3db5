import { defineConfig } from "vitest/config";
import { patient } from "./scripts/lab/patience.ts";
import { SummaryReporter } from "./scripts/summary-reporter.ts";

/** Tests that need root: the kernel, namespaces, traffic. They share the machine's cores, so one file at a time. */
const ROOT_TESTS = ["test/lab/**/*.test.ts", "test/kernel/**/*.test.ts", "test/e2e/**/*.test.ts"];

/** Of emulated machines with other kernels. */
const KERNEL_TESTS = "test/e2e/kernels/**";

/** What is to come may take its time on a busy machine; unless told, vitest waits for one second. */
const PATIENT = { poll: { timeout: 10_000 } };

// biome-ignore lint/style/noDefaultExport: vitest wants it
export default defineConfig({
	test: {
		reporters: ["default", new SummaryReporter()],
		projects: [
			{
				test: {
					name: "unit",
					expect: PATIENT,
					include: ["test/**/*.test.ts"],
					exclude: ROOT_TESTS,
					// Properties take hundreds of cases, and a busy machine its time.
					testTimeout: 30_000,
					sequence: { groupOrder: 0 },
				},
			},
			{
				test: {
					name: "root",
					expect: PATIENT,
					include: ROOT_TESTS,
					// What is inside runs there alone, for this machine's kernel may lack its needs.
					exclude: process.env.LBSCOPE_GUEST === undefined ? [KERNEL_TESTS] : [],
					fileParallelism: false,
					// The kernel may fail to tell of a flow: then there is no truth to compare with, whatever lbscope says.
					retry: { count: 2, condition: /Cannot trust the conntrack events/ },
					testTimeout: patient(60_000),
					hookTimeout: patient(60_000),
					sequence: { groupOrder: 1 },
				},
			},
			{
				test: {
					name: "kernels",
					include: ["test/e2e/kernels/*.test.ts"],
					globalSetup: "test/e2e/kernels/boot-kernels.ts",
					// They run from the beginning on, and are looked at last.
					sequence: { groupOrder: 2 },
				},
			},
		],
	},
});
