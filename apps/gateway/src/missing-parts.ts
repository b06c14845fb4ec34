// What the system lacks to do all that it is for, as far as this gateway has heard. Decision 0025 says why it is one answer.
import type { Bus } from '@parley/messaging';
import type { Nodes } from './nodes.js';
import type { Presence } from './presence.js';

export interface HeardOf {
  readonly bus: Pick<Bus, 'connected'>;
  readonly presence: Pick<Presence, 'missing'>;
  readonly nodes: Pick<Nodes, 'isLive'>;
  /** Whether the system is meant to have a chat. */
  readonly hasChat: boolean;
}

export class MissingParts {
  constructor(private readonly heardOf: HeardOf) {}

  /**
   * Names of what is missing. Any replica of the chat answers anything, so the chat is missing when there is none of them.
   * Without the broker nothing is heard of the others, and soon all of them are missing.
   *
   * @param now milliseconds since the epoch
   */
  at(now: number): string[] {
    const { bus, presence, nodes, hasChat } = this.heardOf;
    return [
      ...(bus.connected ? [] : ['broker']),
      ...presence.missing(now),
      ...(hasChat && !nodes.isLive('chat', now) ? ['chat'] : []),
    ];
  }
}
