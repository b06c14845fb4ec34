// The machine's clock and timers, for what runs in a process.
import type { Clock } from '@parley/commit';

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};
