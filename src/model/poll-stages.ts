/** What a poll does, in that order. */
export const POLL_STAGES = ["read", "govern", "snapshot", "render"] as const;
export type PollStage = (typeof POLL_STAGES)[number];
