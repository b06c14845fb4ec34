// What is told of decisions, on a real broker.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { bookOfRoom, facts, type DatedDecision, type Place } from '@parley/contracts';
import { Ballots } from './ballots.js';
import { Stage } from './testing/stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.set();
});
afterAll(() => stage.clear());

const list = [{ name: 'a', logId: '1'.repeat(32) }];
const decision: DatedDecision = {
  outcome: 'aborted',
  rule: 'vote-deadline',
  decidedBy: 'coordinator',
  ballot: { counter: 1, node: '' },
  quorum: 1,
  votes: {},
  states: {},
  acknowledgements: [],
  decidedAt: 2_000,
};

it('participants hear of all that is decided, chat replicas of what is decided in rooms', async () => {
  const { bus } = stage;
  const heard: { decided: Place[]; decidedInRooms: Place[] } = { decided: [], decidedInRooms: [] };
  bus.listen(facts.decided, ({ transactions }) => heard.decided.push(...transactions.map(placeOf)));
  bus.listen(facts.decidedInRooms, ({ transactions }) => heard.decidedInRooms.push(...transactions));
  await bus.flush();
  const ballots = new Ballots({
    bus,
    node: 'coordinator',
    now: () => 2_000,
    begun: () => undefined,
    timeouts: { voteRequestMs: 1, voteMs: 1, acknowledgementMs: 1, decisionMs: 1 },
    replied: () => undefined,
    ended: () => undefined,
  });
  const inRooms = { book: bookOfRoom('tea'), number: 7 };
  const others = { book: 'main', number: 1 };
  for (const places of [[others, inRooms], [others]])
    ballots.announce({
      type: 'announce',
      list,
      protocol: 'e3pc',
      transactions: places.map((place) => ({ subject: { ...place, list, protocol: 'e3pc', digest: null }, decision })),
    });
  await bus.flush();
  expect(heard).toEqual({ decided: [others, inRooms, others], decidedInRooms: [inRooms] });
});

const placeOf = ({ book, number }: Place): Place => ({ book, number });
