// Failpoints: places around the effects at which a test or a demonstration makes this very process die or freeze. They
// exist only in a process that was started with --faults. A point is `<before|after>:<effect>`; the effects are:
//
//   append:<kind of record>   (before only: the record is then not in the journal)
//   reply:vote  reply:state  reply:pre-commit  reply:pre-abort
//   ask-votes  ask-states  propose:pre-commit  propose:pre-abort  announce  confirm-begin  write-lines  fetch
//
// and of a snapshot: `before:snapshot`, `before:cut` when it is written and has not taken the journal's place,
// `after:snapshot`.
//
// An effect that leaves the node is performed when the records before it are forced; `after` it, its bytes have left.
import type { Effect } from '@parley/commit';

interface Armed {
  readonly action: 'kill' | 'stop';
  /** How often the point passes before it acts. */
  skip: number;
}

const SIGNALS = { kill: 'SIGKILL', stop: 'SIGSTOP' } as const;

export class Failpoints {
  private readonly armed = new Map<string, Armed>();

  /** `flush` resolves when what was sent has left the process. */
  constructor(private readonly flush: () => Promise<void>) {}

  arm(point: string, action: Armed['action'], skip: number): void {
    this.armed.set(point, { action, skip });
  }

  /** Arms what the environment names, as `before:ask-states=kill`: for what a node does before anybody could arm it. */
  armFromStart(text: string): void {
    const [point = '', action] = text.split('=');
    this.arm(point, action === 'stop' ? 'stop' : 'kill', 0);
  }

  /** What to do at this point: nothing, or to act and to let nothing else happen until it is done. */
  at(moment: 'before' | 'after', effect: Effect): (() => Promise<void>) | undefined {
    const action = this.due(`${moment}:${nameOf(effect)}`);
    if (action === undefined) return undefined;
    return async () => {
      if (moment === 'after') await this.flush();
      process.kill(process.pid, SIGNALS[action]);
    };
  }

  /** Passes a point that is not one of an effect. */
  pass(point: 'before:snapshot' | 'before:cut' | 'after:snapshot'): void {
    const action = this.due(point);
    if (action !== undefined) process.kill(process.pid, SIGNALS[action]);
  }

  private due(point: string): Armed['action'] | undefined {
    const armed = this.armed.get(point);
    if (armed === undefined) return undefined;
    if (armed.skip > 0) {
      armed.skip -= 1;
      return undefined;
    }
    this.armed.delete(point);
    return armed.action;
  }
}

function nameOf(effect: Effect): string {
  switch (effect.type) {
    case 'append':
      return `append:${effect.record.kind}`;
    case 'propose':
      return `propose:${effect.proposal}`;
    case 'reply':
      return `reply:${effect.proposal ?? (effect.ballot.counter === 1 ? 'vote' : 'state')}`;
    default:
      return effect.type;
  }
}
