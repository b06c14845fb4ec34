// A client of the HTTP interface, as a program of a user would be: what it is answered is parsed by the contracts.
import {
  evidence,
  participants,
  problem,
  readiness,
  routes,
  transaction,
  transactionPage,
  type Evidence,
  type Participant,
  type Problem,
  type Proposal,
  type Readiness,
  type Timeouts,
  type Transaction,
} from '@parley/contracts';
import type { z } from 'zod';

export interface Proposing {
  readonly value: string;
  readonly book?: string;
  readonly protocol?: Proposal['protocol'];
  readonly votes?: Proposal['votes'];
  readonly timeouts?: Partial<Timeouts>;
  /** The Idempotency-Key. */
  readonly key?: string;
  /** `Prefer: wait=N`. */
  readonly waitSeconds?: number;
  readonly traceparent?: string;
}

/** What a client was told about a proposal: nothing, with status 0, when the gateway went away before it answered. */
export interface Told {
  readonly proposing: Proposing;
  readonly status: number;
  readonly headers: Headers;
  readonly transaction?: Transaction;
  readonly problem?: Problem;
}

/** A request that was answered with a problem document. */
export class ProblemAnswer extends Error {
  constructor(
    readonly problem: Problem,
    readonly headers: Headers,
  ) {
    super(`${problem.code}: ${problem.detail}`);
  }
}

export class HttpClient {
  private readonly authorization: { authorization: string };

  constructor(
    readonly address: string,
    readonly token: string,
  ) {
    this.authorization = { authorization: `Bearer ${token}` };
  }

  /** Proposes a string, and takes whatever the answer is. */
  async propose(proposing: Proposing): Promise<Told> {
    try {
      return await this.post(proposing);
    } catch (error) {
      // What fetch throws when a connection is refused or breaks off; its class is not that of Jest's own realm.
      if (!String(error).startsWith('TypeError: ')) throw error;
      return { proposing, status: 0, headers: new Headers() };
    }
  }

  /** @throws ProblemAnswer, as all that follow do */
  transaction(id: string): Promise<Transaction> {
    return this.get(`/api/v1/transactions/${id}`, transaction);
  }

  evidence(id: string): Promise<Evidence> {
    return this.get(`/api/v1/transactions/${id}/evidence`, evidence);
  }

  /** All transactions, of one book if one is named, page by page, newest first. */
  async transactions(state?: Transaction['state'], book?: string): Promise<Transaction[]> {
    const all: Transaction[] = [];
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({
        limit: '500',
        ...(state && { state }),
        ...(book !== undefined && { book }),
        ...(cursor !== null && { cursor }),
      });
      const page: z.output<typeof transactionPage> = await this.get(
        `/api/v1/transactions?${query.toString()}`,
        transactionPage,
      );
      all.push(...page.items);
      cursor = page.next;
    } while (cursor !== null);
    return all;
  }

  async participants(): Promise<Participant[]> {
    return (await this.get('/api/v1/participants', participants)).items;
  }

  /** Lets a participant leave. Resolves with why it is needed still; with nothing when it has left. */
  async leave(participant: string): Promise<string | undefined> {
    const path = `${this.address}/api/v1/participants/${participant}`;
    const response = await fetch(path, { method: 'DELETE', headers: this.authorization });
    return response.status === 204 ? undefined : problem.parse(await response.json()).detail;
  }

  async ledger(participant: string, book = 'main'): Promise<Buffer> {
    const response = await this.fetchOk(`/api/v1/participants/${participant}/ledgers/${book}`);
    return Buffer.from(await response.arrayBuffer());
  }

  /** An answer as it comes: its body may have no end. */
  open(path: string): Promise<Response> {
    return this.fetchOk(path);
  }

  /** What /health/ready says, also when the system is not ready. */
  async ready(): Promise<Readiness> {
    return readiness.parse(await (await fetch(`${this.address}/health/ready`)).json());
  }

  /** Any other request; takes whatever the answer is. */
  async request(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${this.address}/api/v1${path}`, {
      method,
      headers: { ...this.authorization, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: response.status === 204 ? undefined : await response.json() };
  }

  private async post(proposing: Proposing): Promise<Told> {
    const { value, book, protocol, votes, timeouts, key, waitSeconds, traceparent } = proposing;
    const response = await fetch(this.address + routes.propose.path, {
      method: 'POST',
      headers: {
        ...this.authorization,
        'content-type': 'application/json',
        ...(key !== undefined && { 'idempotency-key': key }),
        ...(waitSeconds !== undefined && { prefer: `wait=${String(waitSeconds)}` }),
        ...(traceparent !== undefined && { traceparent }),
      },
      body: JSON.stringify({ value, book, protocol, votes, timeouts }),
    });
    const { status, headers } = response;
    const body: unknown = await response.json();
    return response.ok
      ? { proposing, status, headers, transaction: transaction.parse(body) }
      : { proposing, status, headers, problem: problem.parse(body) };
  }

  private async get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
    const response = await this.fetchOk(path);
    return schema.parse(await response.json());
  }

  private async fetchOk(path: string): Promise<Response> {
    const response = await fetch(this.address + path, { headers: this.authorization });
    if (response.ok) return response;
    throw new ProblemAnswer(problem.parse(await response.json()), response.headers);
  }
}
