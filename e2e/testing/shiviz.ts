// ShiViz' own rules for a log, as its parser and its graph have them (js/model/parser.js, modelGraph.js and
// vectorTimestamp.js of https://github.com/DistributedClocks/shiviz), and further that its clocks are those that the graph
// drawn from them has.

export interface DrawnEvent {
  readonly text: string;
  readonly host: string;
  readonly clock: Readonly<Record<string, number>>;
}

/** The events of a file for ShiViz. Throws an Error when ShiViz would refuse it or draw something else. */
export function drawnByShiviz(file: string): DrawnEvent[] {
  const [expression = '', delimiter, ...log] = file.split('\n');
  if (delimiter !== '') throw new Error('the second line separates executions, and there is one');
  const events: DrawnEvent[] = [];
  for (const match of log.join('\n').matchAll(new RegExp(`^${expression}$`, 'gm'))) {
    const { event = '', host = '', clock = '' } = match.groups ?? {};
    events.push({ text: event, host, clock: JSON.parse(clock) as Record<string, number> });
  }
  if (events.length * 2 !== log.filter((line) => line !== '').length)
    throw new Error('lines are left that are no event');
  checkCounts(events);
  checkCauses(events);
  return events;
}

/** Each host counts 1, 2, 3 …, and names only events that are there. */
function checkCounts(events: readonly DrawnEvent[]): void {
  const byHost = grouped(events);
  for (const [host, own] of byHost) {
    const counts = own.map(({ clock }) => clock[host]).sort((a, b) => Number(a) - Number(b));
    if (counts.some((count, index) => count !== index + 1)) throw new Error(`${host} counts ${counts.join()}`);
  }
  for (const { clock } of events)
    for (const [host, count] of Object.entries(clock))
      if (count < 1 || count > (byHost.get(host)?.length ?? 0))
        throw new Error(`there is no event ${String(count)} of ${host}`);
}

/** A clock is what the clocks of all events that it names have together, and the event itself. */
function checkCauses(events: readonly DrawnEvent[]): void {
  const at = new Map(events.map((event) => [`${event.host} ${String(event.clock[event.host])}`, event]));
  for (const { host, clock } of events) {
    const expected: Record<string, number> = {};
    for (const [other, count] of Object.entries(clock)) {
      const cause = other === host ? at.get(`${host} ${String(count - 1)}`) : at.get(`${other} ${String(count)}`);
      for (const [known, entry] of Object.entries(cause?.clock ?? {}))
        expected[known] = Math.max(entry, expected[known] ?? 0);
    }
    expected[host] = clock[host] ?? 0;
    const differs = Object.keys({ ...expected, ...clock }).some((name) => expected[name] !== clock[name]);
    if (differs) throw new Error(`${JSON.stringify(clock)} of ${host} should be ${JSON.stringify(expected)}`);
  }
}

function grouped(events: readonly DrawnEvent[]): Map<string, DrawnEvent[]> {
  const groups = new Map<string, DrawnEvent[]>();
  for (const event of events) groups.set(event.host, [...(groups.get(event.host) ?? []), event]);
  return groups;
}
