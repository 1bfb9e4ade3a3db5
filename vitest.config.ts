import { defineConfig } from "vitest/config";

/** Tests that need root: the kernel, namespaces, traffic. They share the machine's two cores, so one file at a time. */
const ROOT_TESTS = ["test/lab/**/*.test.ts", "test/kernel/**/*.test.ts", "test/e2e/**/*.test.ts"];

// biome-ignore lint/style/noDefaultExport: vitest wants it
export default defineConfig({
	test: {
		projects: [
			{ test: { name: "unit", include: ["test/**/*.test.ts"], exclude: ROOT_TESTS } },
			{ test: { name: "root", include: ROOT_TESTS, fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000 } },
		],
	},
});
