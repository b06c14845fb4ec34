// Makes the faults of a schedule happen to a system that runs, and undoes each when its time is over. Whatever ends that
// was not killed here is a finding.
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { DividedSystem } from '../testing/divided-system.js';
import { ARMED_MS, GATEWAYS, NODES, tell, type Fault, type Kind, type Lane } from './schedule.js';

type At = Extract<Fault, { kind: 'kill-at' | 'freeze-at' | 'cut-at' }>;

export class Injection {
  /** How many faults of each kind happened. */
  readonly happened = new Map<Kind, number>();
  /** Processes that ended, or did not start, without being told to. */
  readonly findings: string[] = [];
  private readonly condemned = new Set<number>();

  constructor(
    private readonly system: DividedSystem,
    private readonly say: (line: string) => void,
  ) {
    for (const name of [...NODES, ...GATEWAYS]) this.watch(name);
  }

  /**
   * Resolves when all faults of all lanes are over. No more begin once `signal` is aborted, or the time of the round is over:
   * one that took longer than was planned, because a process could not start without its broker, puts off the next ones.
   */
  async perform(lanes: readonly Lane[], lengthMs: number, signal: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    const untilAt = (atMs: number): Promise<void> => pause(startedAt + atMs - performance.now(), signal);
    await Promise.all(
      lanes.map(async (lane) => {
        for (const { atMs, forMs, fault } of lane) {
          await untilAt(atMs);
          if (signal.aborted || performance.now() > startedAt + lengthMs) return;
          const kind = await this.inflict(fault, forMs, signal);
          this.happened.set(kind, (this.happened.get(kind) ?? 0) + 1);
        }
      }),
    );
  }

  /** Resolves with what it was when it is over. */
  private async inflict(fault: Fault, forMs: number, signal: AbortSignal): Promise<Kind> {
    const { system } = this;
    const during = async (begin: () => void, end: () => void | Promise<void>): Promise<Kind> => {
      this.say(`${tell(fault)}, for ${seconds(forMs)}`);
      begin();
      await pause(forMs, signal);
      await end();
      return fault.kind;
    };
    switch (fault.kind) {
      case 'kill':
        return during(
          () => this.kill(fault.node),
          () => this.restart(fault.node),
        );
      case 'lose':
        return during(
          () => this.kill(fault.node),
          async () => {
            await this.putFolderAside(fault.node);
            await this.restart(fault.node);
          },
        );
      case 'freeze':
        return during(
          () => system.freeze(fault.node),
          () => system.thaw(fault.node),
        );
      case 'kill-at':
      case 'freeze-at':
      case 'cut-at':
        return this.inflictAt(fault, forMs, signal);
      case 'isolate':
        return during(
          () => system.wire(fault.node).cut(),
          () => system.wire(fault.node).heal(),
        );
      case 'stall':
        return during(
          () => system.wire(fault.node).stall(),
          () => system.wire(fault.node).resume(),
        );
      case 'cut':
        return during(
          () => {
            system.move(fault.right);
            system.cut();
          },
          () => system.brokers.heal(),
        );
      case 'kill-broker':
        return during(
          () => void system.brokers.kill(fault.side),
          () => system.brokers.restart(fault.side),
        );
      default:
        return fault satisfies never;
    }
  }

  /**
   * Arms the failpoint for a while. If the process comes there, it is away for the rest of the time. If it does not, it
   * is killed wherever it stands: whether a failpoint is armed in a process that does not answer cannot be known.
   */
  private async inflictAt(fault: At, forMs: number, signal: AbortSignal): Promise<Kind> {
    const { node, kind, point, skip } = fault;
    const { system } = this;
    const isKilled = kind === 'kill-at';
    const { pid, exited } = system.process(node);
    const over = new AbortController();
    this.condemned.add(pid);
    const reached = Promise.all([
      system.arm(node, point, skip, isKilled ? 'kill' : 'stop'),
      isKilled ? exited : system.frozen(node, over.signal),
    ]);
    const comes = reached.then(
      () => true,
      () => false,
    );
    const isThere = await Promise.race([comes, pause(ARMED_MS, signal).then(() => false)]);
    over.abort();
    this.say(
      isThere ? `${tell(fault)}, for ${seconds(forMs - ARMED_MS)}` : `${node} is killed: it does not come to ${point}`,
    );
    if (!isThere) this.kill(node);
    else if (kind === 'cut-at') this.cut(fault.right, node);
    await pause(forMs - ARMED_MS, signal);
    if (!isThere || isKilled) {
      await this.restart(node);
      return isThere ? kind : 'kill';
    }
    this.condemned.delete(pid);
    if (kind === 'cut-at') system.brokers.heal();
    else system.thaw(node);
    return kind;
  }

  /** Cuts the net while a node is held at a step, and lets the node go on. */
  private cut(right: readonly string[], held: string): void {
    this.system.move(right);
    this.system.cut();
    this.system.thaw(held);
  }

  private kill(name: string): void {
    const process = this.system.process(name);
    this.condemned.add(process.pid);
    process.signal('SIGKILL');
  }

  private async putFolderAside(name: string): Promise<void> {
    await this.system.process(name).exited;
    const folder = join(this.system.files.path, name);
    await rename(folder, `${folder}-lost-${String(Date.now())}`);
  }

  private async restart(name: string): Promise<void> {
    await this.system.process(name).exited;
    const restarted = this.system.restart(name);
    this.watch(name);
    await restarted.catch((error: unknown) => this.findings.push(`${name} does not start again: ${String(error)}`));
  }

  private watch(name: string): void {
    const process = this.system.process(name);
    void process.exited.then(({ code, signal }) => {
      if (this.condemned.delete(process.pid) && signal === 'SIGKILL') return;
      const why = process.failure === undefined ? String(signal ?? code) : process.failure.message;
      this.findings.push(`${name} has ended by itself: ${why}`);
    });
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Ends early, and does not reject, when `signal` is aborted. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  wait(Math.max(0, ms), undefined, { signal }).catch(() => undefined);
