// All that the stream of events has now, read through once.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ProtocolEvent } from '@parley/contracts';
import { ProblemError } from '../http/problem.js';
import { withResolvers } from '../with-resolvers.js';
import type { EventFeed } from './feed.js';
import { about } from './sentence.js';

/** How long the feed may take to have what the stream has, ms. */
const READY_MS = 5_000;
/** Most events of one log: more cannot be drawn. The newest count. */
const EVENTS_AT_MOST = 20_000;

/** The events, or those about one transaction. @throws ProblemError `events-unavailable` */
export async function eventsNow(feed: EventFeed, transaction: string | undefined): Promise<ProtocolEvent[]> {
  const watching = await whenReady(feed);
  try {
    const events: ProtocolEvent[] = [];
    const last = feed.batches.last;
    for (
      let batch = feed.batches.from(0);
      batch && batch.sequence <= last;
      batch = feed.batches.from(batch.sequence + 1)
    ) {
      for (const event of batch.events()) {
        const told = transaction === undefined ? event : about(event, transaction);
        if (told) events.push(told);
      }
      if (events.length > 2 * EVENTS_AT_MOST) events.splice(0, events.length - EVENTS_AT_MOST);
      // Others are served between two batches.
      await nextTurn();
    }
    return events.slice(-EVENTS_AT_MOST);
  } finally {
    watching.leave();
  }
}

function whenReady(feed: EventFeed): Promise<{ leave(): void }> {
  const { promise, resolve, reject } = withResolvers<undefined>();
  const unavailable = (detail: string): void => reject(new ProblemError('events-unavailable', detail));
  const timer = setTimeout(unavailable, READY_MS, 'the broker does not give its stream of events');
  const watching = feed.watch({
    ready: () => resolve(undefined),
    arrived: () => undefined,
    away: () => undefined,
    ended: () => unavailable('the gateway is stopping'),
  });
  return promise.then(
    () => {
      clearTimeout(timer);
      return watching;
    },
    (error: unknown) => {
      clearTimeout(timer);
      watching.leave();
      throw error;
    },
  );
}
