// What a person who holds seats is asked, until it is answered or too late. Pure.
import type { Told } from '@parley/client';

type Push = Extract<Told, { type: 'push' }>['push'];
export type Request = Extract<Push, { ev: 'vote.requested' | 'ack.requested' }>;

/** Those of one transaction; or why it cannot be told which are meant. */
export type Meant = { readonly requests: readonly Request[] } | { readonly why: string };

export class OpenRequests {
  private readonly open = new Map<string, Request>();

  /** By deadline. */
  get all(): Request[] {
    return [...this.open.values()].sort((a, b) => Date.parse(a.deadline) - Date.parse(b.deadline));
  }

  take(push: Push): void {
    switch (push.ev) {
      case 'vote.requested':
      case 'ack.requested':
        return void this.open.set(keyOf(push.ev, push), push);
      case 'vote.closed':
        return void this.open.delete(keyOf('vote.requested', push));
      case 'ack.closed':
        return void this.open.delete(keyOf('ack.requested', push));
      default:
      // What is no request is not kept here.
    }
  }

  /** After a reconnection the server asks anew what is still open. */
  forget(): void {
    this.open.clear();
  }

  /** What is meant by `commit`, `abort` or `ack`: of the transaction that is named, or of the only one. */
  meant(ev: Request['ev'], transaction: string | undefined): Meant {
    const requests = this.all.filter((request) => request.ev === ev);
    const named = requests.filter((request) => transaction === undefined || request.transaction === transaction);
    const transactions = [...new Set(named.map((request) => request.transaction))];
    const what = ev === 'vote.requested' ? 'vote' : 'acknowledge';
    const about = ev === 'vote.requested' ? ' on' : '';
    if (transactions.length === 0)
      return { why: `you are not asked to ${what}${transaction === undefined ? '' : `${about} ${transaction}`}` };
    if (transactions.length > 1) return { why: `say which one: ${transactions.join(', ')}` };
    return { requests: named };
  }
}

const keyOf = (ev: Request['ev'], { transaction, participant }: Pick<Request, 'transaction' | 'participant'>): string =>
  `${ev} ${transaction} ${participant}`;
