// Proposals on their way to the coordinator. What arrives within one tick of the event loop, or while as many requests
// as allowed are under way, travels in one message, so that the cost per proposal falls as the load rises.
import type { BeginRequest, BeginResult } from '@parley/contracts';

export type BegunProposal = BeginRequest['proposals'][number];

export interface BatchLimits {
  /** Begin requests under way at once. */
  readonly outstanding: number;
  /** Largest sum of what the proposals take in a request, and of what their results take in the reply, in bytes. */
  readonly bytes: number;
}

/** Half of what NATS carries in one message by default: the reply repeats the strings beside what it adds. */
const DEFAULT_LIMITS: BatchLimits = { outstanding: 4, bytes: 512 * 1024 };

// A result carries, beside the string, its begin record and the list: about this many bytes, and so many per member.
const RESULT_BYTES = 640;
const MEMBER_BYTES = 80;

interface Waiting {
  readonly proposal: BegunProposal;
  readonly bytes: number;
  readonly resolve: (result: BeginResult) => void;
  readonly reject: (reason: unknown) => void;
}

export class BeginBatches {
  private queue: Waiting[] = [];
  private outstanding = 0;
  private flushing = false;

  /**
   * @param send asks the coordinator; gives one result per proposal, in order
   * @param listSize how many participants a transaction will list, as far as is known
   */
  constructor(
    private readonly send: (proposals: BegunProposal[]) => Promise<BeginResult[]>,
    private readonly listSize: () => number,
    private readonly limits: BatchLimits = DEFAULT_LIMITS,
  ) {}

  /** The coordinator's result. Rejects as `send` rejects, and then for all proposals of the message. */
  begin(proposal: BegunProposal): Promise<BeginResult> {
    const bytes = Buffer.byteLength(JSON.stringify(proposal));
    return new Promise((resolve, reject) => {
      this.queue.push({ proposal, bytes, resolve, reject });
      this.flushSoon();
    });
  }

  private flushSoon(): void {
    if (this.flushing || this.outstanding >= this.limits.outstanding) return;
    this.flushing = true;
    setImmediate(() => {
      this.flushing = false;
      while (this.queue.length > 0 && this.outstanding < this.limits.outstanding) void this.request(this.next());
    });
  }

  /** The longest beginning of the queue that fits into one message; at least one proposal. */
  private next(): Waiting[] {
    const overhead = RESULT_BYTES + MEMBER_BYTES * this.listSize();
    let bytes = 0;
    let count = 0;
    for (const waiting of this.queue) {
      bytes += waiting.bytes + overhead;
      if (count > 0 && bytes > this.limits.bytes) break;
      count += 1;
    }
    const batch = this.queue.slice(0, count);
    this.queue = this.queue.slice(count);
    return batch;
  }

  private async request(batch: readonly Waiting[]): Promise<void> {
    this.outstanding += 1;
    try {
      const results = await this.send(batch.map(({ proposal }) => proposal));
      batch.forEach(({ resolve, reject }, index) => {
        const result = results[index];
        if (result) resolve(result);
        else reject(new Error('the coordinator answered fewer results than it was sent proposals'));
      });
    } catch (reason) {
      for (const { reject } of batch) reject(reason);
    } finally {
      this.outstanding -= 1;
      this.flushSoon();
    }
  }
}
