/** The first look at a YAML text: what must not reach the library's composer. */
import { CST, Lexer, Parser } from "yaml";
import type { Finding } from "./problem.ts";

/** Levels of the parser's stack. Our deepest value, a port of a firewall rule, takes seven. */
const MAX_DEPTH = 24;

const REFUSED = new Map<string | null, string>([
	["anchor", "an anchor"],
	["alias", "an alias"],
	["tag", "a tag"],
]);

/**
 * Tokens of the text, and what is refused among them. Reading stops at nesting that is too deep: the composer recurses,
 * and ten thousand brackets make V8 abort the process in a regular expression near the end of its stack.
 */
export function readTokens(text: string): { tokens: CST.Token[]; findings: Finding[] } {
	const parser = new Parser();
	const tokens: CST.Token[] = [];
	const findings: Finding[] = [];
	let previous = "";
	for (const lexeme of new Lexer().lex(text)) {
		// The lexeme after this mark is text, whatever it looks like.
		if (previous !== CST.SCALAR) findings.push(...refuseLexeme(lexeme, parser.offset));
		previous = lexeme;
		tokens.push(...parser.next(lexeme));
		if (parser.stack.length > MAX_DEPTH) return { tokens, findings: [...findings, tooDeep(parser.offset)] };
	}
	tokens.push(...parser.end());
	return { tokens, findings };
}

function refuseLexeme(lexeme: string, start: number): Finding[] {
	const what = REFUSED.get(CST.tokenType(lexeme));
	if (what === undefined) return [];
	return [{ start, end: start + lexeme.length, message: `${what} stands here, expected the value itself` }];
}

function tooDeep(end: number): Finding {
	return {
		start: end - 1,
		end,
		message: "nesting is too deep, expected at most 5 levels of mappings and lists",
	};
}
