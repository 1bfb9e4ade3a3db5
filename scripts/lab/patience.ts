/** How long to wait for others. Where the machine itself is emulated all takes longer: LBSCOPE_PATIENCE says how much. */
const FACTOR = Number(process.env.LBSCOPE_PATIENCE ?? 1);

/** `ms` are for a real machine, a busy one too. */
export function patient(ms: number): number {
	return ms * FACTOR;
}
