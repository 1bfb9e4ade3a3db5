/** Names as somebody would give them who wants more than a name. */
export const HOSTILE = [
	'web"} 1\nlbscope_forged_total{x="y"} 99\n',
	"web\r\n# TYPE total_requests gauge",
	"\u001b]0;owned\u0007\u001b[2J",
	"\u009b31mred",
	"a\u202egnp.exe\u2066",
	"line\u2028two\u2029three",
	"nul\u0000byte",
	"\\\\\"\\n'`$(reboot)",
	"time=0 level=error event=forged",
	"half \ud83d pair",
	"{{ template }} %s %n",
	"tab\tbed",
] as const;

/** What has no place in any line that lbscope writes. */
export const STEERING = /(?!\t)[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]/u;
