// Virtual time: what is to happen, ordered by its moment and, within one moment, by when it was put down. Nothing waits;
// time passes by going on to what comes next.

interface Appointment {
  readonly at: number;
  /** Equal moments happen in the order in which they were put down. */
  readonly order: number;
  /** Null when it was called off. */
  action: (() => void) | null;
}

const isBefore = (a: Appointment, b: Appointment): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

export class Agenda {
  /** Ms since the beginning of the run. */
  now = 0;
  /** How much has happened. */
  steps = 0;
  private order = 0;
  /** A binary heap: each appointment is before those at twice its index plus one and plus two. */
  private readonly heap: Appointment[] = [];

  /** Calls `action` after so many ms; returns what calls it off. */
  after(delayMs: number, action: () => void): () => void {
    const appointment: Appointment = { at: this.now + Math.max(0, delayMs), order: (this.order += 1), action };
    this.heap.push(appointment);
    this.rise(this.heap.length - 1);
    return () => (appointment.action = null);
  }

  /** Lets time pass up to this moment. */
  runUntil(moment: number): void {
    for (let next = this.heap[0]; next !== undefined && next.at <= moment; next = this.heap[0]) {
      this.takeFirst();
      if (next.action === null) continue;
      this.now = next.at;
      this.steps += 1;
      next.action();
    }
    this.now = Math.max(this.now, moment);
  }

  private takeFirst(): void {
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return;
    this.heap[0] = last;
    this.sink(0);
  }

  private rise(index: number): void {
    for (let child = index; child > 0;) {
      const parent = (child - 1) >> 1;
      if (!this.swapIfBefore(child, parent)) return;
      child = parent;
    }
  }

  private sink(index: number): void {
    for (let parent = index; ;) {
      const left = 2 * parent + 1;
      const [a, b] = [this.heap[left], this.heap[left + 1]];
      if (a === undefined) return;
      const child = b !== undefined && isBefore(b, a) ? left + 1 : left;
      if (!this.swapIfBefore(child, parent)) return;
      parent = child;
    }
  }

  private swapIfBefore(child: number, parent: number): boolean {
    const [a, b] = [this.heap[child], this.heap[parent]];
    if (a === undefined || b === undefined || !isBefore(a, b)) return false;
    this.heap[child] = b;
    this.heap[parent] = a;
    return true;
  }
}
