// How long a process that died waits before it is started again. Pure.
const FIRST_MS = 250;
const LONGEST_MS = 10_000;

/** A process that lived this long is healthy: its next death counts as the first. */
export const HEALTHY_MS = 60_000;

/**
 * @param deaths how often in a row the process has died before it was healthy, from 1
 * @returns the delay until its next start in ms: doubled each time, up to 10 s
 */
export const backOffMs = (deaths: number): number => Math.min(LONGEST_MS, FIRST_MS * 2 ** (deaths - 1));

/**
 * @param before deaths in a row before this one
 * @param livedMs how long the process was ready before it died, in ms
 * @returns deaths in a row, this one included
 */
export const deathsInARow = (before: number, livedMs: number): number => (livedMs >= HEALTHY_MS ? 1 : before + 1);
