// What has really happened in a run: a simulation whose faults do not take place shows nothing.

export const faultKinds = [
  'coordinatorCrashes',
  'participantCrashes',
  'crashesAtAnEffect',
  'powerFailures',
  'freezes',
  'partitions',
  'oneWayCuts',
  'linksSlow',
  'storms',
  'duels',
  'messagesLost',
  'messagesCutOff',
  'messagesDoubled',
  'messagesLate',
  'repliesLate',
  'recordsLost',
  'writesSurvived',
  'writesTorn',
  'disksFull',
  'disksSlow',
  'journalsLost',
  'journalsCut',
  'cutsBroken',
  'wrongLinesTold',
  'divergencesNamed',
  'linesProvenByDigests',
  'membersLeft',
  'clocksJumped',
  'proposalsRepeated',
  'listsShort',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export type Counts = Record<FaultKind, number>;

export const noCounts = (): Counts => Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Counts;

/** Adds the counts of one run to a sum. */
export function addCounts(sum: Counts, counts: Counts): void {
  for (const kind of faultKinds) sum[kind] += counts[kind];
}
