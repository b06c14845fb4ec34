// The news that ledgers grew, for whoever wants it.
import type { Growth } from './presence.js';

export class Growths {
  private readonly listeners = new Set<(growths: readonly Growth[]) => void>();

  listen(listener: (growths: readonly Growth[]) => void): { stop(): void } {
    this.listeners.add(listener);
    return { stop: () => this.listeners.delete(listener) };
  }

  tell(growths: readonly Growth[]): void {
    for (const listener of this.listeners) listener(growths);
  }
}
