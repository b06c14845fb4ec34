// What can go wrong with a journal, declared once: a code for programs, and for the operator what happened, where, and
// what to do about it. A journal that failed stays failed until its process is restarted, so every remedy ends there.

export type JournalErrorCode = keyof typeof REMEDIES;

const REMEDIES = {
  'journal-corrupt':
    'Bytes that had been forced to disk have changed since, so what this node promised can no longer be read. Keep a copy of the file, check the disk, and let the node join anew with an empty data folder. Do not edit the file, and do not put an older copy in its place: an older copy has forgotten promises.',
  'journal-format':
    'Check that the path is right and that this version of the program is the one that wrote the file: a journal of another format version cannot be read. Nothing was changed.',
  'journal-full':
    'Free space on the disk (or raise the quota or the file size limit), then start the node again. Nothing that was reported as forced is lost.',
  'journal-unreadable': 'Check the disk and the permissions of the file and its folder, then start the node again.',
  'journal-unwritable':
    'Check that the folder exists, that the node may write there, that the disk is not mounted read-only, and that it reports no errors; then start the node again. Nothing that was reported as forced is lost.',
  'journal-closed': 'Use it before it is closed.',
  'record-too-large': 'Nothing was appended. Split what is to be recorded.',
} as const;

/** Disk full, over quota, and over the process's file size limit (RLIMIT_FSIZE): the remedy is the same, more room. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export class JournalError extends Error {
  override readonly name = 'JournalError';

  constructor(
    readonly code: JournalErrorCode,
    /** Path of the journal. */
    readonly file: string,
    what: string,
    /** Where in the file, in bytes from its start, if the error has a place. */
    readonly offset?: number,
    cause?: unknown,
  ) {
    const place = offset === undefined ? '' : `, offset ${offset}`;
    super(`${what} (journal ${file}${place}). ${REMEDIES[code]}`, cause === undefined ? {} : { cause });
  }

  /** Names a system error that came while `doing` something, such as "writing 4096 bytes". */
  static ofSystem(kind: 'read' | 'write', file: string, doing: string, cause: unknown, offset?: number): JournalError {
    const { code, message } = cause as NodeJS.ErrnoException;
    const what = `${doing} failed: ${message}`;
    if (kind === 'read') return new JournalError('journal-unreadable', file, what, offset, cause);
    const full = code !== undefined && FULL.has(code);
    return new JournalError(full ? 'journal-full' : 'journal-unwritable', file, what, offset, cause);
  }
}
