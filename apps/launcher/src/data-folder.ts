import { mkdir, writeFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { holdFolder, type FolderLock } from '@parley/folder-lock';
import { LauncherError } from './launcher-error.js';

/** Where the processes of a data folder leave their process ids. */
export const runFolder = (dataFolder: string): string => join(dataFolder, 'run');

export const pidFile = (dataFolder: string, name: string): string => join(runFolder(dataFolder), `${name}.pid`);

export const logFile = (dataFolder: string, name: string): string => join(dataFolder, 'log', `${name}.log`);

/**
 * Makes the data folder and what the launcher needs in it, and shows by writing that it can be written.
 *
 * @throws LauncherError when it cannot
 */
const prepareDataFolder = async (dataFolder: string): Promise<void> => {
  const probe = join(runFolder(dataFolder), `.${process.pid}`);
  try {
    await mkdir(runFolder(dataFolder), { recursive: true });
    await mkdir(join(dataFolder, 'log'), { recursive: true });
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    const { message } = error as Error;
    throw new LauncherError(
      `The data folder ${dataFolder} cannot be written (${message}). Choose another with --data or PARLEY_DATA.`,
      { cause: error },
    );
  }
};

/**
 * Makes the data folder, and takes it for this process if nobody has it.
 *
 * @throws LauncherError when it cannot be written
 */
export const holdDataFolder = async (dataFolder: string): Promise<FolderLock> => {
  await prepareDataFolder(dataFolder);
  return holdFolder(dataFolder);
};
