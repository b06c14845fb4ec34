import { describe, expect, it } from '@jest/globals';
import { OpenRequests, type Request } from './open-requests.js';

const asked = (
  transaction: string,
  participant: string,
  minute: number,
  ev: Request['ev'] = 'vote.requested',
): Request => {
  const deadline = `2026-01-31T12:0${String(minute)}:00.000Z`;
  return { ev, transaction, participant, room: 'kitchen', text: 'Tea?', proposer: 'Jo', deadline };
};

describe('what somebody is asked', () => {
  it('is meant by a bare word while it is about one transaction, for all seats that are held', () => {
    const requests = new OpenRequests();
    requests.take(asked('room_kitchen-1', 'participant-2', 2));
    requests.take(asked('room_kitchen-1', 'participant-1', 1));
    expect(requests.all.map(({ participant }) => participant)).toEqual(['participant-1', 'participant-2']);
    expect(requests.meant('vote.requested', undefined)).toEqual({ requests: requests.all });
    expect(requests.meant('ack.requested', undefined)).toEqual({ why: 'you are not asked to acknowledge' });
  });

  it('has to be named when it is about several', () => {
    const requests = new OpenRequests();
    requests.take(asked('room_kitchen-1', 'participant-1', 1));
    requests.take(asked('room_kitchen-2', 'participant-1', 2));
    expect(requests.meant('vote.requested', undefined)).toEqual({
      why: 'say which one: room_kitchen-1, room_kitchen-2',
    });
    expect(requests.meant('vote.requested', 'room_kitchen-2')).toMatchObject({
      requests: [{ transaction: 'room_kitchen-2' }],
    });
    expect(requests.meant('vote.requested', 'room_kitchen-3')).toEqual({
      why: 'you are not asked to vote on room_kitchen-3',
    });
  });

  it('is over when the server says so, or the connection is lost', () => {
    const requests = new OpenRequests();
    requests.take(asked('room_kitchen-1', 'participant-1', 1));
    requests.take(asked('room_kitchen-1', 'participant-1', 1, 'ack.requested'));
    requests.take({ ev: 'vote.closed', transaction: 'room_kitchen-1', participant: 'participant-1' });
    expect(requests.all.map(({ ev }) => ev)).toEqual(['ack.requested']);
    requests.forget();
    expect(requests.all).toEqual([]);
  });
});
