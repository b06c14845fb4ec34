// Decisions as they are told, and as a core takes them.
import type { Announced } from '@parley/commit';
import type { Decided } from '@parley/contracts';

export const announcedIn = ({ list, protocol, transactions }: Decided): Announced[] =>
  transactions.map(({ decision, ...place }) => ({ subject: { ...place, list, protocol }, decision }));
