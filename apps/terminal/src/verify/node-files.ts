// The files of a node: `ledger/<book>.txt`, and `archive/<book>.jsonl` with the evidence of each line, at a participant;
// `journal.log` at a participant and at the coordinator.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { bookName } from '@parley/contracts';
import { CommandFailure } from '../surroundings.js';

export interface NodeFiles {
  /** How the node is called in what is told: its folder's name, or the path where that is not enough. */
  readonly node: string;
  readonly folder: string;
  readonly hasLedgers: boolean;
  /** Paths by book. */
  readonly ledgers: ReadonlyMap<string, string>;
  readonly archives: ReadonlyMap<string, string>;
  readonly journal: string | undefined;
}

const LEDGERS = 'ledger';
const JOURNAL = 'journal.log';

const isNode = (folder: string): boolean => isFolder(join(folder, LEDGERS)) || existsSync(join(folder, JOURNAL));

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/**
 * The nodes whose files are in these folders. A folder is a node's, or has folders of nodes in it, as a system's data
 * folder has.
 *
 * @throws CommandFailure when one of them is neither
 */
export function findNodes(folders: readonly string[], from: string): NodeFiles[] {
  const found = [...new Set(folders.map((folder) => resolve(from, folder)).flatMap(nodesIn))];
  const names = found.map((folder) => basename(folder));
  return found.map((folder, index) => {
    const name = names[index] ?? folder;
    return filesOf(folder, names.indexOf(name) === names.lastIndexOf(name) ? name : folder);
  });
}

function nodesIn(folder: string): string[] {
  if (!isFolder(folder)) throw new CommandFailure(`there is no folder ${folder}`);
  if (isNode(folder)) return [folder];
  const within = readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => isFolder(path) && isNode(path));
  if (within.length > 0) return within.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  throw new CommandFailure(
    `${folder} is neither the folder of a participant (it has no ${LEDGERS} and no ${JOURNAL}) nor the data folder of a system`,
  );
}

function filesOf(folder: string, node: string): NodeFiles {
  const journal = join(folder, JOURNAL);
  return {
    node,
    folder,
    hasLedgers: isFolder(join(folder, LEDGERS)),
    ledgers: booksIn(join(folder, LEDGERS), '.txt'),
    archives: booksIn(join(folder, 'archive'), '.jsonl'),
    journal: existsSync(journal) ? journal : undefined,
  };
}

function booksIn(folder: string, ending: string): Map<string, string> {
  const files = isFolder(folder) ? readdirSync(folder) : [];
  const named = files.filter((file) => file.endsWith(ending)).map((file) => file.slice(0, -ending.length));
  return new Map(
    named.filter((book) => bookName.safeParse(book).success).map((book) => [book, join(folder, `${book}${ending}`)]),
  );
}
