// The operator's token: whoever can read its file may do everything. It is made once, never logged, and compared in
// constant time.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

const TOKEN_BYTES = 32;
const wellFormed = /^[\x21-\x7e]{32,256}$/;

/** The token's file is there and does not hold a token. */
export class TokenFileError extends Error {
  override readonly name = 'TokenFileError';
}

/**
 * The token in the file, which is made, readable by its owner only, if it is absent. It appears whole or not at all, so
 * that several gateways may start at once on one file.
 *
 * @throws TokenFileError when the file holds something else; errors of the file system as they are
 */
export async function operatorToken(file: string): Promise<string> {
  const found = await readToken(file);
  if (found !== undefined) return found;
  await mkdir(dirname(file), { recursive: true });
  await makeTokenFile(file);
  const made = await readToken(file);
  if (made === undefined) throw new TokenFileError(`${file} was removed while it was being made`);
  return made;
}

async function readToken(file: string): Promise<string | undefined> {
  try {
    const token = (await readFile(file, 'utf8')).trim();
    if (wellFormed.test(token)) return token;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  throw new TokenFileError(`${file} holds no token (32 to 256 visible ASCII characters); remove it to get a new one`);
}

async function makeTokenFile(file: string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${randomBytes(TOKEN_BYTES).toString('base64url')}\n`);
    await handle.sync();
    await link(draft, file);
  } catch (error) {
    // Another gateway was faster: its token is the one.
    if (!isErrno(error, 'EEXIST')) throw error;
  } finally {
    await handle.close();
    await unlink(draft);
  }
}

const isErrno = (error: unknown, code: string): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === code;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The token that an Authorization header carries. */
export const bearerToken = (authorization: string | undefined): string | undefined =>
  /^bearer +([^ ]+) *$/i.exec(authorization ?? '')?.[1];

/** Tells whether an Authorization header carries the token, in a time that does not depend on how much of it is right. */
export function bearerCheck(token: string): (authorization: string | undefined) => boolean {
  const expected = digest(token);
  return (authorization) => {
    const presented = bearerToken(authorization);
    return presented !== undefined && timingSafeEqual(digest(presented), expected);
  };
}
