// A broker for services that are run one by one (`nx serve`): that of the launcher which has the data folder, or one's own.
import { once } from 'node:events';
import { greetExternalBroker } from '@parley/broker';
import { holdDataFolder } from './data-folder.js';
import { LauncherError } from './launcher-error.js';
import { awaitLeftovers } from './leftovers.js';
import { brokerMember } from './members.js';
import type { LaunchOptions } from './launch.js';
import { runSystem } from './run-system.js';
import { System } from './system.js';
import * as text from './terminal-text.js';

/**
 * Sees to it that the data folder has a broker until a stop is requested.
 *
 * @throws BrokerError when none can be started; LauncherError when the process ends whose broker was relied on
 */
export const keepBroker = async (options: LaunchOptions): Promise<void> => {
  const { settings, environment, requests, print } = options;
  const stopRequested = requests.stopping.aborted ? Promise.resolve() : once(requests.stopping, 'abort');
  const external = await greetExternalBroker(environment);
  if (external) {
    print(text.externalBrokerLine(external.url, external.version));
    await stopRequested;
    return;
  }
  const lock = await holdDataFolder(settings.dataFolder);
  if (lock.kind === 'taken') {
    print(text.othersBroker(settings.dataFolder, lock.pid));
    await Promise.race([stopRequested, lock.released]);
    if (!requests.stopping.aborted) throw new LauncherError(text.othersBrokerGone(lock.pid));
    return;
  }
  try {
    await awaitLeftovers(settings.dataFolder, Object.values(options.entries), print);
    await runSystem(new System([brokerMember(options)]), options, () => 'Ctrl-C stops the broker.');
  } finally {
    await lock.release();
  }
};
