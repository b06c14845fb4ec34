// What the operating system says that a process holds in memory.
import { readFile } from 'node:fs/promises';
import type { System } from './system.js';

/** How much a process of a system holds now, in bytes. */
export const residentBytes = (system: System, name: string): Promise<number> => figure(system, name, 'VmRSS');

/** The most that it has held at any moment since it was started, in bytes. */
export const peakBytes = (system: System, name: string): Promise<number> => figure(system, name, 'VmHWM');

async function figure(system: System, name: string, of: string): Promise<number> {
  const status = await readFile(`/proc/${String(await system.pid(name))}/status`, 'utf8');
  const [, kilobytes] = new RegExp(`^${of}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
  if (kilobytes === undefined) throw new Error(`the system does not say how much memory ${name} holds`);
  return Number(kilobytes) * 1024;
}
