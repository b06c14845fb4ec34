import { watch } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const readAddress = async (folder: string): Promise<string | undefined> => {
  const name = (await readdir(folder)).find((entry) => entry.endsWith('.ports'));
  if (name === undefined) return undefined;
  const text = await readFile(join(folder, name), 'utf8');
  // The server writes the file in place: until the closing brace is there, another change follows.
  if (!text.trimEnd().endsWith('}')) return undefined;
  const ports = JSON.parse(text) as { nats?: string[] };
  return ports.nats?.[0];
};

/**
 * Waits until a nats-server has written the file that names the ports it listens at.
 *
 * @param folder its `ports_file_dir`, empty before the server was started
 * @param signal ends the waiting
 * @returns the address for clients, as `nats://127.0.0.1:35577`
 * @throws when the folder cannot be watched or read, or the signal's reason
 */
export const portsFileAddress = (folder: string, signal: AbortSignal): Promise<string> =>
  new Promise<string>((resolve, reject) => {
    const watcher = watch(folder, { signal });
    const look = (): void => {
      readAddress(folder).then((address) => address !== undefined && resolve(address), reject);
    };
    watcher.on('change', look);
    watcher.once('error', reject);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    look();
  });
