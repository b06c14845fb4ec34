import type { StopRequests } from './stop-requests.js';
import type { System } from './system.js';
import { stoppingLine } from './terminal-text.js';

export interface RunOptions {
  readonly requests: StopRequests;
  readonly print: (text: string) => void;
}

/**
 * Starts a system, keeps it up until a stop is requested, and stops it; also when the start fails half-way.
 *
 * @param welcome what to print when all of it is ready, given the addresses of its members by name
 * @throws what kept it from being ready; then nothing is left running
 */
export const runSystem = async (
  system: System,
  { requests: { stopping, hurrying }, print }: RunOptions,
  welcome: (addresses: ReadonlyMap<string, string>) => string,
): Promise<void> => {
  const stopped = new Promise<void>((resolve, reject) => {
    const stop = () => {
      print(stoppingLine(system.kinds));
      system.stop().then(resolve, reject);
    };
    if (stopping.aborted) stop();
    else stopping.addEventListener('abort', stop, { once: true });
  });
  hurrying.addEventListener('abort', () => system.hurry(), { once: true });
  try {
    print(welcome(await system.start(stopping)));
  } catch (error) {
    // What is cut short by a stop fails because of it, and is no failure.
    if (!stopping.aborted) {
      await system.stop();
      throw error;
    }
  }
  await stopped;
  print('Stopped.');
};
