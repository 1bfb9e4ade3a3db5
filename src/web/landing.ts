/** The page at /, for a person who found the port. No script, no style: its CSP allows nothing. */

const PATHS = [
	["/metrics", "what Prometheus scrapes"],
	["/system/metrics", "the exporter's own part of it"],
	["/-/healthy", "200 while the process is alive"],
	["/-/ready", "200 while the numbers are current, else 503 with the reason"],
] as const;

export function landingPage(version: string): string {
	const items = PATHS.map(([path, meaning]) => `<li><a href="${path}">${path}</a>: ${meaning}</li>`);
	return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>lbscope</title></head>
<body>
<h1>lbscope ${escapeHtml(version)}</h1>
<ul>
${items.join("\n")}
<li>POST /-/reload: reads the configuration again, where <code>reload.http</code> is on</li>
</ul>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
	return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
