import { describe, expect, it } from '@jest/globals';
import type { OpenRequest } from '@parley/contracts';
import { ToldRequests } from './told-requests.js';

const request = (kind: OpenRequest['kind'], number: number, participant = 'participant-1'): OpenRequest => ({
  kind,
  transaction: `room_kitchen-${String(number)}`,
  participant,
  value: 'tea',
  proposer: 'Jo',
  room: 'kitchen',
  deadline: '2026-01-31T12:00:30.000Z',
});
const asked = (ev: string, number: number, participant = 'participant-1') => ({
  ev,
  transaction: `room_kitchen-${String(number)}`,
  participant,
});

describe('what is asked of a seat', () => {
  it('is told once, whole, however often it is seen', () => {
    const told = new ToldRequests();
    expect(told.open('participant-1', [request('vote', 1)])).toEqual([
      {
        ...asked('vote.requested', 1),
        text: 'tea',
        proposer: 'Jo',
        room: 'kitchen',
        deadline: '2026-01-31T12:00:30.000Z',
      },
    ]);
    expect(told.open('participant-1', [request('vote', 1)])).toEqual([]);
  });

  it('is taken back once, when it is open no more', () => {
    const told = new ToldRequests();
    told.open('participant-1', [request('vote', 1), request('vote', 2)]);
    expect(told.open('participant-1', [request('vote', 2)])).toEqual([asked('vote.closed', 1)]);
    expect(told.open('participant-1', [])).toEqual([asked('vote.closed', 2)]);
    expect(told.open('participant-1', [])).toEqual([]);
  });

  it('is a vote first, and an acknowledgement afterwards', () => {
    const told = new ToldRequests();
    told.open('participant-1', [request('vote', 1)]);
    expect(told.open('participant-1', [request('acknowledgement', 1)])).toMatchObject([
      asked('vote.closed', 1),
      asked('ack.requested', 1),
    ]);
    expect(told.open('participant-1', [])).toEqual([asked('ack.closed', 1)]);
  });

  it('is another thing at each participant', () => {
    const told = new ToldRequests();
    told.open('participant-1', [request('vote', 1)]);
    const second = request('vote', 1, 'participant-2');
    expect(told.open('participant-2', [second])).toMatchObject([asked('vote.requested', 1, 'participant-2')]);
    expect(told.open('participant-1', [])).toEqual([asked('vote.closed', 1)]);
  });
});
