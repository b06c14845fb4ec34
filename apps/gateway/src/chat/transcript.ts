// A room's record as text that people read and programs grep: a line for each thing that happened.
//
//   * Jo made the room
//   * Jo came in
//   Jo:(-)-Shall we?
//   Al:(0:12)-Yes.
//
// In brackets is how long the sender had been silent, in minutes and seconds; nothing when it is the first message. No line
// can be forged: the lines of a message after its first begin with a tab, and a name begins with neither tab nor star.
import type { RoomHistory, ShownRoomEvent } from '@parley/contracts';

/** The text of a record from its first page on, up to an offset. */
export async function* transcript(
  first: RoomHistory,
  last: number,
  read: (after: number) => Promise<RoomHistory>,
): AsyncGenerator<string> {
  for (let page = first; page.items.length > 0;) {
    yield page.items
      .filter(({ offset }) => offset <= last)
      .map(transcriptOf)
      .join('');
    const end = page.items.at(-1)?.offset ?? last;
    if (end >= last) return;
    page = await read(end);
  }
}

/** The lines of an event, each with its end. */
export function transcriptOf(event: ShownRoomEvent): string {
  switch (event.type) {
    case 'created':
      return `* ${event.by} made the room\n`;
    case 'changed':
      return `* ${event.by} changed who may come in: ${rulesText(event.rules)}\n`;
    case 'joined':
      return `* ${event.who.name} came in\n`;
    case 'left':
      return `* ${event.who.name} left\n`;
    case 'proposed':
      return `* ${event.by} proposed ${event.transaction}: ${event.text}\n`;
    case 'voted':
      return `* ${event.by} voted for ${event.participant} on ${event.transaction}\n`;
    case 'decided':
      return event.outcome === 'committed'
        ? `* ${event.transaction} is committed: line ${String(event.line)} of ${event.book}\n`
        : `* ${event.transaction} is aborted (${event.rule}): line ${String(event.line)} of ${event.book} is empty\n`;
    case 'said':
      return `${event.from.name}:(${gap(event.gapMs)})-${event.text.replaceAll('\n', '\n\t')}\n`;
  }
}

function rulesText({ capacity, admits, guests }: Extract<ShownRoomEvent, { type: 'changed' }>['rules']): string {
  const names = admits === null ? 'everybody' : admits.join(', ');
  return `${names}${guests ? '' : ' with an account'}, up to ${String(capacity)}`;
}

function gap(ms: number | null): string {
  if (ms === null) return '-';
  const seconds = Math.floor(ms / 1_000);
  return `${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, '0')}`;
}
