import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bearerCheck, operatorToken, TokenFileError } from './token.js';

describe('the operator’s token', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-token-'));
    file = join(folder, 'data', 'operator.token');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is made of 32 random bytes, in a file that only its owner reads', async () => {
    const token = await operatorToken(file);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toBe(`${token}\n`);
    expect(await readdir(join(folder, 'data'))).toEqual(['operator.token']);
  });

  it('stays the same when the gateway starts again', async () => {
    expect(await operatorToken(file)).toBe(await operatorToken(file));
  });

  it('is one, also when many gateways start at once', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, () => operatorToken(file)));
    expect(new Set(tokens).size).toBe(1);
    expect(await readdir(join(folder, 'data'))).toEqual(['operator.token']);
  });

  it('may be chosen by the operator', async () => {
    const chosen = join(folder, 'chosen');
    await writeFile(chosen, `${'s'.repeat(32)}\n`);
    expect(await operatorToken(chosen)).toBe('s'.repeat(32));
  });

  it.each([
    ['empty', ''],
    ['short', 'secret'],
    ['two lines', `${'a'.repeat(32)}\n${'b'.repeat(32)}`],
  ])('is not taken from a file that is %s', async (_, text) => {
    const wrong = join(folder, 'wrong');
    await writeFile(wrong, text);
    await expect(operatorToken(wrong)).rejects.toThrow(TokenFileError);
    await expect(operatorToken(wrong)).rejects.not.toThrow(/secret|aaaa/);
  });

  it('cannot be had where the file system refuses', async () => {
    await writeFile(join(folder, 'not-a-folder'), '');
    await expect(operatorToken(join(folder, 'not-a-folder', 'token'))).rejects.toThrow(/ENOTDIR/);
  });
});

describe('an Authorization header', () => {
  const isOperator = bearerCheck('the-token');

  it.each(['Bearer the-token', 'bearer the-token', 'BEARER  the-token '])('%s carries the token', (header) => {
    expect(isOperator(header)).toBe(true);
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'the-token',
    'Bearer the-toke',
    'Bearer the-tokens',
    'Basic the-token',
    'Bearer the-token x',
  ])('%s does not', (header) => {
    expect(isOperator(header)).toBe(false);
  });
});
