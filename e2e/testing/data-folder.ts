// The files of a system, as a user finds them in its data folder.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export class DataFolder {
  constructor(readonly path: string) {}

  ledgerFile(participant: string, book = 'main'): string {
    return join(this.path, participant, 'ledger', `${book}.txt`);
  }

  journalFile(node: string): string {
    return join(this.path, node, 'journal.log');
  }

  /** Where the records of a journal end: what follows is filled with zeros ahead of need. */
  async journalEnd(node: string): Promise<number> {
    return (await readFile(this.journalFile(node))).findLastIndex((byte) => byte !== 0) + 1;
  }

  evidenceFile(participant: string, book = 'main'): string {
    return join(this.path, participant, 'archive', `${book}.jsonl`);
  }

  logFile(name: string): string {
    return join(this.path, 'log', `${name}.log`);
  }

  /** The bytes of a participant's ledger; none when there is no file yet. */
  async ledger(participant: string, book = 'main'): Promise<Buffer> {
    try {
      return await readFile(this.ledgerFile(participant, book));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    }
  }

  /** The lines of a process's log since it was first started. What was printed besides them is left out. */
  async log(name: string): Promise<Record<string, unknown>[]> {
    const text = await readFile(this.logFile(name), 'utf8');
    return text
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** The logs of all gateways, one after the other. */
  async gatewayLogs(): Promise<Record<string, unknown>[]> {
    const files = (await readdir(join(this.path, 'log'))).filter((file) => /^gateway(-\d+)?\.log$/.test(file));
    return (await Promise.all(files.map((file) => this.log(file.slice(0, -'.log'.length))))).flat();
  }

  /** Process ids by name, as the launcher's pid files have them. */
  async pids(): Promise<Map<string, number>> {
    const files = (await readdir(join(this.path, 'run'))).filter((file) => file.endsWith('.pid'));
    const names = files.map((file) => file.slice(0, -'.pid'.length));
    return new Map(await Promise.all(names.map(async (name) => [name, await this.pid(name)] as const)));
  }

  async pid(name: string): Promise<number> {
    return Number(await readFile(join(this.path, 'run', `${name}.pid`), 'utf8'));
  }
}
