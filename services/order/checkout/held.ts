/** So long a pending order keeps its goods. */
export const HELD_SECONDS = 15 * 60;
