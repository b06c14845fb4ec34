// Messages that nobody of the system would send: bytes, JSON of other shapes, and messages that were recorded from real
// transactions and changed. All chance is fast-check's, so a seed makes the same messages again.
//
// Not among them is what cannot be told from the truth, and may therefore change something durable:
// - a vote request or a question for states, with the true list, about a number that was not given yet; a decision of a
//   number whose line is not written; any decision of a number that nobody has heard of;
// - a heartbeat with a node's true nonce and other contents, and one that names its present start as a rival;
// - proposals that parse, and a request that a registered participant leaves: whoever may publish may make them;
// - `diverged` for a book of 3pc, of which there is none here;
// - what arms a failpoint, since that is served only when it is asked for;
// - answers: they go to the asker's inbox, whose name nobody else is told.
import * as fc from 'fast-check';
import { coordinatorOperations, facts, namedParticipantOperations, participantOperations } from '@parley/contracts';
import type { Wired } from './stranger.js';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Fields = Record<string, Json>;

/** As large as the broker takes, with the empty headers. */
const HUGE_BYTES = 1_000_000;
const OTHER_ID = 'f'.repeat(32);

const subjectOf = {
  vote: participantOperations.vote.subject,
  elect: participantOperations.elect.subject,
  propose: participantOperations.propose.subject,
  keep: participantOperations.keep.subject,
  decided: facts.decided.subject,
  alive: facts.alive.subject,
  begin: coordinatorOperations.begin.subject,
};

/** Every subject that a coordinator or these participants hear. */
export const subjectsOf = (participants: readonly string[]): string[] => [
  ...Object.values(coordinatorOperations).map(({ subject }) => subject),
  ...Object.values(participantOperations).map(({ subject }) => subject),
  ...Object.values(facts).map(({ subject }) => subject),
  ...Object.values(namedParticipantOperations).flatMap((operation) => participants.map(operation.subjectOf)),
];

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const text = (value: Json): Buffer => Buffer.from(JSON.stringify(value));
const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
const number = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.constantFrom(0, -1, 1.5, 1e308, 2 ** 53));
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/);
const id = fc.stringMatching(/^[0-9a-f]{32}$/);

/** Sizes that only a few of ten thousand messages have. */
const huge = fc.constantFrom(
  Buffer.alloc(HUGE_BYTES, 'x'),
  Buffer.alloc(HUGE_BYTES, 0xff),
  Buffer.from('['.repeat(HUGE_BYTES)),
  Buffer.from('{"list":'.repeat(HUGE_BYTES / 8)),
  Buffer.from(`[${'0,'.repeat(HUGE_BYTES / 2 - 2)}0]`),
  Buffer.from(`{"from":"${'x'.repeat(HUGE_BYTES - 20)}"}`),
);

const clock = fc.oneof(
  fc.tuple(
    fc.oneof(number.map(String), fc.string()),
    fc.dictionary(name, number, { maxKeys: 300 }).map((it) => JSON.stringify(it)),
  ),
  // What can be true, of nodes that do not exist: taken up, up to a bound.
  fc.tuple(
    fc.constant('1'),
    name.map((node) => JSON.stringify({ [node]: 1 })),
  ),
  fc.tuple(
    fc.string(),
    fc.oneof(
      fc.string(),
      json.map((it) => JSON.stringify(it)),
    ),
  ),
  fc.tuple(fc.constant('1'), fc.constantFrom('['.repeat(10_000), '{"__proto__":{"a":1}}', '{"participant-1":-1}')),
);
const printable = (value: string): string => value.replace(/[^\x20-\x7e]/g, '');
const headers = fc.oneof(
  { weight: 3, arbitrary: fc.constant<string[]>([]) },
  {
    weight: 1,
    arbitrary: clock.map(([lamport, vector]) => [`parley-clock: ${printable(lamport)} ${printable(vector)}`]),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('traceparent', 'parley-node', 'parley-error', 'content-type', 'Nats-Msg-Id'), fc.string())
      .map(([key, value]) => [`${key}: ${printable(value)}`]),
  },
);

/** One place somewhere in a value is another thing. */
const changed = (value: Json): fc.Arbitrary<Json> =>
  fc.tuple(fc.nat(), json).map(([choice, other]) => {
    const copy = structuredClone(value);
    const places: (() => void)[] = [];
    const visit = (holder: Json): void => {
      if (typeof holder !== 'object' || holder === null) return;
      for (const key of Object.keys(holder) as never[]) {
        places.push(() => ((holder as Json[])[key] = other));
        visit((holder as Json[])[key] ?? null);
      }
    };
    visit(copy);
    places[choice % Math.max(1, places.length)]?.();
    return copy;
  });

const ballot = fc.record({ counter: fc.integer({ min: 0, max: 1e9 }), node: name });
const list = fc.array(fc.record({ name: fc.oneof(fc.constant('participant-1'), name), logId: fc.constant(OTHER_ID) }), {
  minLength: 1,
  maxLength: 64,
});
const digest = fc.constantFrom<Json>(null, 'e'.repeat(43));

/** A request of the protocol about numbers that are written: everything may be wrong, and is answered from the ledger. */
function aboutTheKnown(message: Fields): fc.Arbitrary<Json> {
  const flip = (fields: Json): Json => {
    const decision = (fields as Fields)['decision'] as Fields | undefined;
    return decision
      ? {
          ...(fields as Fields),
          decision: { ...decision, outcome: decision['outcome'] === 'committed' ? 'aborted' : 'committed' },
        }
      : fields;
  };
  return fc.oneof(
    fc.constant(message),
    ballot.map((it) => ({ ...message, ballot: it })),
    list.map((it) => ({ ...message, list: it })),
    digest.map((it) => ({
      ...message,
      transactions: (message['transactions'] as Fields[]).map((each) => ({ ...each, digest: it })),
    })),
    number.map((it) => ({ ...message, epoch: it })),
    number.map((it) => ({ ...message, deadline: it })),
    fc.constantFrom('e3pc', '3pc', '2pc').map((it) => ({ ...message, protocol: it })),
    fc.constantFrom('pre-commit', 'pre-abort').map((it) => ({ ...message, proposal: it })),
    fc.constant({ ...message, transactions: (message['transactions'] as Json[]).map(flip) }),
    fc.integer({ min: 2, max: 100 }).map((copies) => ({
      ...message,
      transactions: Array.from({ length: copies }, () => message['transactions'] as Json[])
        .flat()
        .slice(0, 100),
    })),
  );
}

/** A request about numbers that nobody has given, for a list of others: it concerns none of the participants. */
const aboutTheUnknown = (message: Fields): fc.Arbitrary<Json> =>
  fc
    .tuple(
      list,
      fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
      fc.oneof(fc.constant('main'), fc.stringMatching(/^[a-z0-9-]{1,32}$/)),
    )
    .map(([it, at, book]) => ({
      ...message,
      list: it,
      ...('open' in message && {
        open: [
          {
            list: it,
            protocol: 'e3pc',
            ranges: [{ book, first: at, last: Math.min(at + 9_999, Number.MAX_SAFE_INTEGER) }],
          },
        ],
      }),
      transactions: (message['transactions'] as Fields[]).map((each) => ({ ...each, book, number: at })),
    }));

/** A heartbeat of a start that nobody has made. */
const notAlive = (message: Fields): fc.Arbitrary<Json> =>
  fc
    .tuple(fc.option(name, { nil: undefined }), id, fc.option(id), fc.integer({ min: 0, max: 2 ** 52 }))
    .map(([node, nonce, logId, lines]) => ({
      ...message,
      ...(node !== undefined && { node }),
      nonce,
      ...(logId !== null && { logId }),
      doubled: true,
      ledgers: [{ book: 'main', lines, highest: lines }],
      decided: [{ book: 'main', lines }],
    }));

/** A recorded message, changed in a way that must be refused, ignored, or answered without a trace. */
function forged({ subject, body }: Wired): fc.Arbitrary<Json> {
  const message = JSON.parse(body.toString()) as Fields;
  const asIs = fc.constant<Json>(message);
  switch (subject) {
    case subjectOf.vote:
    case subjectOf.elect:
    case subjectOf.propose:
      return fc.oneof(aboutTheKnown(message), aboutTheUnknown(message));
    case subjectOf.decided:
    case subjectOf.keep:
      return aboutTheKnown(message);
    case subjectOf.alive:
      return fc.oneof(asIs, notAlive(message));
    case subjectOf.begin:
      return fc.constant({ ...message, proposals: [{ value: 'a\nline break' }] });
    default:
      return fc.oneof(asIs, changed(message));
  }
}

/** Any one message. `recorded` are messages of transactions whose lines are written everywhere. */
export function anyForgery(recorded: readonly Wired[], subjects: readonly string[]): fc.Arbitrary<Wired> {
  const bySubject = new Map<string, Wired[]>();
  for (const message of recorded) bySubject.set(message.subject, [...(bySubject.get(message.subject) ?? []), message]);
  const subject = fc.constantFrom(...subjects);
  const body = fc.oneof(
    { weight: 10, arbitrary: bytes },
    { weight: 30, arbitrary: json.map(text) },
    { weight: 1, arbitrary: huge },
  );
  const rubbish = fc.record({ subject, headers, body });
  const likely = fc
    .constantFrom(...bySubject.values())
    .chain((messages) => fc.constantFrom(...messages))
    .chain((message) => fc.record({ subject: fc.constant(message.subject), headers, body: forged(message).map(text) }));
  // The right shape in the wrong place.
  const misplaced = fc
    .tuple(likely, subject)
    .map(([message, other]) => ({ ...message, subject: isSafeElsewhere(other) ? other : message.subject }));
  const any = fc.oneof(
    { weight: 3, arbitrary: rubbish },
    { weight: 6, arbitrary: likely },
    { weight: 1, arbitrary: misplaced },
  );
  // The limit is for headers and body together.
  return any.map((message) => (message.body.length < HUGE_BYTES / 2 ? message : { ...message, headers: [] }));
}

/** A list of others makes a request harmless; a decision is heard by everybody. */
const isSafeElsewhere = (other: string): boolean =>
  other !== subjectOf.decided && other !== coordinatorOperations.leave.subject && other !== subjectOf.begin;
