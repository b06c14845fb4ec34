// Who takes part in an exchange follows from who is in the room: those who came in first, as many as can. Pure.
import { MAX_TAKING_PART, type ClockState } from '@parley/contracts';
import { isSame, step, type Input, type Pause, type Present, type Throw } from './step.js';

export interface Attendance {
  readonly state: ClockState;
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

/**
 * Lets those drop out who have left the room, and those take part who have come in.
 *
 * @param present who is in the room, by when they came in
 */
export function attend(state: ClockState, present: readonly Present[], pause: Pause, dice: () => Throw): Attendance {
  const taking = present.slice(0, MAX_TAKING_PART);
  const isAmong = (some: readonly Present[], one: Present): boolean => some.some((other) => isSame(other, one));
  const gone = state.members.filter((member) => !isAmong(taking, member));
  const come = taking.filter((one) => !isAmong(state.members, one));
  const inputs: Input[] = [
    ...gone.map((who): Input => ({ type: 'left', who })),
    ...come.map((who): Input => ({ type: 'joined', who, pause: dice() })),
  ];
  let next = state;
  for (const input of inputs) {
    const stepped = step(next, input, pause);
    if (stepped.kind === 'done') next = stepped.state;
  }
  return { state: next, joined: come.map(({ name }) => name), left: gone.map(({ name }) => name) };
}

/** Whether others are in the room than take part, as far as they can. */
export function isAttended(state: ClockState, present: readonly Present[]): boolean {
  const taking = present.slice(0, MAX_TAKING_PART);
  return (
    taking.length === state.members.length && taking.every((one) => state.members.some((member) => isSame(member, one)))
  );
}
