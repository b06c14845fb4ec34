// Events as a log for ShiViz (https://bestchai.bitbucket.io/shiviz/), which draws them as a space-time diagram. A file for it
// begins with the regular expression that finds an event and a line with what separates executions, here nothing; then
// each event has two lines, its text and `host {"host":n, …}`. Pure.
import { projectClocks } from '@parley/clocks';
import type { ProtocolEvent } from '@parley/contracts';
import { about, sentenceOf } from './sentence.js';

const header = String.raw`(?<event>.*)\n(?<host>\S*) (?<clock>{.*})`;

/** The events, or those about one transaction, in an order that contradicts none of their clocks. */
export function shivizLog(events: Iterable<ProtocolEvent>, transaction?: string): string {
  const shown = new Map<string, ProtocolEvent>();
  for (const event of events) {
    const narrowed = transaction === undefined ? event : about(event, transaction);
    // An event that was appended twice is one event.
    if (narrowed) shown.set(narrowed.id, narrowed);
  }
  const ordered = [...shown.values()].sort(byLamport);
  const clocks = projectClocks(ordered.map(({ node, vector }) => ({ process: node, vector })));
  const lines = ordered.map((event, index) => `${sentenceOf(event)}\n${event.node} ${JSON.stringify(clocks[index])}\n`);
  return `${header}\n\n${lines.join('')}`;
}

/** Lamport 1978: his time, ties broken by the process, orders all events without contradicting happens-before. */
const byLamport = (a: ProtocolEvent, b: ProtocolEvent): number =>
  a.lamport - b.lamport || (a.node < b.node ? -1 : a.node > b.node ? 1 : 0);
