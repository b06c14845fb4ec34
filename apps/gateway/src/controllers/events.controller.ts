import { Controller, Headers, Param, Query, Req, Res } from '@nestjs/common';
import {
  eventsQuery,
  routes,
  transactionEventsQuery,
  type EventsQuery,
  type TransactionEventsQuery,
} from '@parley/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { eventsNow } from '../events/event-log.js';
import { EventStream, type Start } from '../events/event-stream.js';
import { EventFeed } from '../events/feed.js';
import { parsePlace } from '../events/place.js';
import { shivizLog } from '../events/shiviz.js';
import { StorySources, TransactionStory } from '../events/transaction-story.js';
import { Serves } from '../http/served-routes.js';
import { placeOf } from './place.js';

@Controller()
export class EventsController {
  constructor(
    private readonly feed: EventFeed,
    private readonly sources: StorySources,
  ) {}

  @Serves(routes.watchEvents)
  async watch(
    @Query({ schema: eventsQuery }) { transaction, format, after }: EventsQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (format === 'shiviz') {
      const log = shivizLog(await eventsNow(this.feed, transaction));
      await reply.type('text/plain; charset=utf-8').send(log);
      return;
    }
    await this.send(
      request,
      reply,
      () => new EventStream({ feed: this.feed, start: startOf(lastEventId, after), transaction }),
    );
  }

  @Serves(routes.watchTransaction)
  async watchTransaction(
    @Param('id') id: string,
    @Query({ schema: transactionEventsQuery }) { after }: TransactionEventsQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const options = { feed: this.feed, start: startOf(lastEventId, after) };
    const stream = await TransactionStory.open(this.sources, placeOf(id), request.id, options);
    await this.send(request, reply, () => stream);
  }

  private async send(request: FastifyRequest, reply: FastifyReply, open: () => EventStream): Promise<void> {
    void reply.type(routes.watchEvents.answers[200].mediaType).header('x-accel-buffering', 'no');
    // HEAD asks whether there is a stream.
    await reply.send(request.method === 'HEAD' ? '' : open());
  }
}

/** Where a client goes on; a browser that reconnects says it in a header, which is newer than its address. */
function startOf(lastEventId: string | undefined, after: string | undefined): Start {
  const from = lastEventId === undefined || lastEventId === '' ? after : lastEventId;
  if (from === undefined) return 'now';
  return from === 'beginning' ? 'beginning' : (parsePlace(from) ?? 'invalid');
}
