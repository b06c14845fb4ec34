// The processes of the system, as far as this gateway has heard of them. Pure: news and times come in, answers go out.
import type { ListedNode } from '@parley/contracts';
import { LIVE_MS } from './presence.js';

type Service = ListedNode['service'];

interface Seen {
  readonly service: Service;
  readonly seenAt: number;
  readonly connections: number | null;
  readonly address: string | undefined;
}

/** How long a node is listed after it was last heard of, in milliseconds, and how many are at most. */
const LISTED_MS = 3_600_000;
const MAX_NODES = 256;

export class Nodes {
  /** Who was heard of last comes last. */
  private readonly seen = new Map<string, Seen>();

  heard(
    id: string,
    service: Service,
    now: number,
    { connections, address }: { connections?: number; address?: string } = {},
  ): void {
    this.seen.delete(id);
    this.seen.set(id, { service, seenAt: now, connections: connections ?? null, address });
    for (const [oldest, { seenAt }] of this.seen) {
      if (this.seen.size <= MAX_NODES && now - seenAt <= LISTED_MS) return;
      this.seen.delete(oldest);
    }
  }

  /** Whether some node of the service has been heard of lately. */
  isLive(service: Service, now: number): boolean {
    return [...this.seen.values()].some((node) => node.service === service && now - node.seenAt < LIVE_MS);
  }

  /** By service and name. There is no election among nodes yet: nobody leads. */
  list(now: number, withAddresses: boolean): ListedNode[] {
    const nodes = [...this.seen].map(([id, { service, seenAt, connections, address }]) => ({
      id,
      service,
      seenAt: new Date(seenAt).toISOString(),
      live: now - seenAt < LIVE_MS,
      leader: null,
      term: 0,
      connections,
      ...(withAddresses && address !== undefined && { address }),
    }));
    const place = ({ service, id }: ListedNode): string => `${service} ${id}`;
    return nodes.sort((a, b) => place(a).localeCompare(place(b), 'en', { numeric: true }));
  }
}
