/**
 * Milliseconds since the epoch by a clock that only goes forward: the wall clock at the start, and from there on the
 * time that has passed. Setting the machine's clock declares no node dead or alive.
 */
export const now = (): number => performance.timeOrigin + performance.now();
