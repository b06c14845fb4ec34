// What a client is told of what is asked of the seats that its user holds. Pure: what is open at a participant comes in, whole,
// and what is new or gone since is told, each once.
import type { OpenRequest, RoomUser, SocketPush } from '@parley/contracts';
import { holderOf } from '../principal.js';
import type { SeatListener } from './seat-feed.js';

const keyOf = ({ kind, transaction }: OpenRequest): string => `${kind} ${transaction}`;

export class ToldRequests {
  /** What was told and not taken back, by participant. */
  private readonly told = new Map<string, Map<string, OpenRequest>>();

  /** What is open at a participant, as far as it is this user's; the most urgent first. */
  open(participant: string, requests: readonly OpenRequest[]): SocketPush[] {
    const before = this.told.get(participant) ?? new Map<string, OpenRequest>();
    const now = new Map(requests.map((request) => [keyOf(request), request]));
    if (now.size > 0) this.told.set(participant, now);
    else this.told.delete(participant);
    const gone = [...before].filter(([key]) => !now.has(key)).map(([, request]) => closed(request));
    const added = [...now].filter(([key]) => !before.has(key)).map(([, request]) => requested(request));
    return [...gone, ...added];
  }
}

/** Tells a user's client, once for each connection. */
export function seatListener(user: RoomUser, send: (push: SocketPush) => void): SeatListener {
  const told = new ToldRequests();
  return {
    holder: holderOf({ kind: 'user', user }),
    open: (participant, requests) => told.open(participant, requests).forEach(send),
  };
}

function requested({ kind, value: text, ...request }: OpenRequest): SocketPush {
  return { ev: kind === 'vote' ? 'vote.requested' : 'ack.requested', ...request, text };
}

function closed({ kind, transaction, participant }: OpenRequest): SocketPush {
  return { ev: kind === 'vote' ? 'vote.closed' : 'ack.closed', transaction, participant };
}
