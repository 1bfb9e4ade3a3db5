/** A client that is not ours. */
import { execFile } from "node:child_process";

export interface CurlAnswer {
	/** Of curl: 0 when there was an answer. */
	readonly exitCode: number;
	readonly status: number;
	readonly body: string;
	/** With headers in front. */
	readonly text: string;
}

export function curl(...args: string[]): Promise<CurlAnswer> {
	const common = [
		"--silent",
		"--include",
		"--max-time",
		"20",
		"--noproxy",
		"*",
		"--write-out",
		"\n%{http_code}",
	];
	return new Promise((resolve) => {
		execFile("curl", [...common, ...args], { maxBuffer: 1 << 28 }, (error, stdout) => {
			const end = stdout.lastIndexOf("\n");
			const text = stdout.slice(0, end);
			const [, body = ""] = text.split(/\r\n\r\n(.*)/s);
			const exitCode = error === null ? 0 : Number(error.code);
			resolve({ exitCode, status: Number(stdout.slice(end + 1)), body, text });
		});
	});
}
