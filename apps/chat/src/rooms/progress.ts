// Waiting until enough of the record is read.
import { Refusal } from '@parley/messaging';

export class Progress {
  private readonly waiting = new Set<() => void>();

  /** @param limitMs how long anything is waited for, in milliseconds */
  constructor(private readonly limitMs: number) {}

  /** More is read. */
  made(): void {
    for (const look of this.waiting) look();
  }

  /** @throws Refusal `broker-unreachable` when it is not so in time */
  until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!isSo()) return;
        end();
        resolve();
      };
      const end = (): void => {
        clearTimeout(limit);
        this.waiting.delete(look);
      };
      const limit = setTimeout(() => {
        end();
        reject(new Refusal('broker-unreachable', 'the record of the rooms cannot be read'));
      }, this.limitMs);
      this.waiting.add(look);
      look();
    });
  }
}
