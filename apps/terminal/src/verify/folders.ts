// Verification of files.
import { journalledDecisions, type JournalledDecision } from '@parley/catalogue';
import { JournalError } from '@parley/journal';
import { CommandFailure } from '../surroundings.js';
import { firstDifference, type Difference, type Source } from './comparison.js';
import { LineFile } from './line-file.js';
import { findNodes, type NodeFiles } from './node-files.js';
import type { BookResult, VerificationResult } from './result.js';
import { ArchiveSource, JournalSource, LedgerSource } from './sources.js';

interface JournalledNode extends NodeFiles {
  readonly decisions: readonly JournalledDecision[];
}

/**
 * Compares the files of nodes. Journals are read before ledgers, so that a running system's ledgers hold at least what
 * was journalled when they are read.
 *
 * @throws CommandFailure when a folder or a file cannot be read, or a journal is corrupt
 */
export async function verifyFolders(
  folders: readonly string[],
  from: string,
  only: string | undefined,
): Promise<VerificationResult> {
  const nodes: JournalledNode[] = [];
  for (const files of findNodes(folders, from)) nodes.push({ ...files, decisions: await decisionsOf(files) });
  const known = nodes.flatMap(({ ledgers, archives, decisions }) => [
    ...ledgers.keys(),
    ...archives.keys(),
    ...decisions.map(({ book }) => book),
  ]);
  const books = [...new Set(known)].sort().filter((book) => only === undefined || book === only);
  const results = books.map((book) => verifyBook(book, nodes));
  return { equal: results.every(({ equal }) => equal), books: results };
}

async function decisionsOf({ journal }: NodeFiles): Promise<readonly JournalledDecision[]> {
  if (journal === undefined) return [];
  try {
    return await journalledDecisions(journal);
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    throw new CommandFailure(error.message, { cause: error });
  }
}

function verifyBook(book: string, nodes: readonly JournalledNode[]): BookResult {
  const opened: LineFile[] = [];
  const open = (path: string): LineFile => {
    const file = LineFile.open(path);
    opened.push(file);
    return file;
  };
  try {
    const participants = nodes.filter(({ hasLedgers }) => hasLedgers);
    const ledgers = participants.map(({ node, ledgers: paths }) => {
      const path = paths.get(book);
      return { participant: node, file: path === undefined ? undefined : open(path) };
    });
    const sources: Source[] = [
      ...ledgers.flatMap(({ participant, file }) => (file ? [new LedgerSource(participant, file)] : [])),
      ...nodes.flatMap(({ node, archives }) => {
        const path = archives.get(book);
        return path === undefined ? [] : [new ArchiveSource(node, open(path))];
      }),
      ...nodes.map(
        ({ node, decisions }) =>
          new JournalSource(
            node,
            decisions.filter((decided) => decided.book === book),
          ),
      ),
    ];
    const difference = firstDifference(sources);
    const lengths = ledgers.map(({ participant, file }) => ({
      participant,
      lines: file?.count ?? 0,
      unfinishedBytes: file?.unfinishedBytes ?? 0,
    }));
    return {
      book,
      equal: difference === undefined,
      lines: lengths.length === 0 ? 0 : Math.min(...lengths.map(({ lines }) => lines)),
      ledgers: lengths,
      missing: [],
      firstDifference: difference ? inText(difference) : null,
    };
  } finally {
    for (const file of opened) file.close();
  }
}

const inText = ({ line, claims }: Difference): BookResult['firstDifference'] => ({
  line,
  claims: claims.map(({ node, kind, outcome, text, decision }) => ({
    node,
    kind,
    outcome,
    text: text === undefined ? null : text.toString(),
    ...decision,
  })),
});
