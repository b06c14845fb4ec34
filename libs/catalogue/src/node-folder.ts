// The folder of a node: made when absent, and used by one process at a time.
import { mkdir } from 'node:fs/promises';

class FolderUnusable extends Error {
  readonly code = 'folder-unusable';

  constructor(folder: string, cause: unknown) {
    super(
      `the folder ${folder} cannot be made: ${String(cause)}. Check that the folder above it exists, that the node may write ` +
        `there, and that the disk has room and is not mounted read-only; then start the node again.`,
      { cause },
    );
  }
}

/** Another process works on the folder: two writers would destroy the journal. */
export class FolderTaken extends Error {
  readonly code = 'folder-taken';

  constructor(folder: string, pid: number | undefined) {
    const holder = pid === undefined ? 'another process' : `process ${String(pid)}`;
    super(`the folder ${folder} is in use by ${holder}. Stop that one, or give this node a folder of its own.`);
  }
}

/** Makes a folder of a node, with those above it. @throws an Error that says what to do */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new FolderUnusable(folder, error);
  }
}
