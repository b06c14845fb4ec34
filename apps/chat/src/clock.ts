/** Gives the time of day, ms since the epoch. Tests give their own. */
export type Now = () => number;
