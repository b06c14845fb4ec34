import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GatheredFile } from './gathered-file.js';
import { unexpected } from './testing/lines.js';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gathered-'));
  path = join(folder, 'main.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

describe('a file in which writes gather', () => {
  it('is read as if everything stood in it', async () => {
    const file = await GatheredFile.open(path, unexpected);
    for (let number = 0; number < 10; number += 1) await file.write(Buffer.from(`${String(number)}\n`), 2 * number);
    expect(file.size).toBe(20);
    expect((await file.read(4, 4)).toString()).toBe('2\n3\n');
    await file.write(Buffer.from('a\n'), 20);
    await file.write(Buffer.from('X'), 0);
    expect((await file.read(0, 100)).toString()).toBe('X\n1\n2\n3\n4\n5\n6\n7\n8\n9\na\n');
    await file.close();
    expect(await readFile(path, 'utf8')).toBe('X\n1\n2\n3\n4\n5\n6\n7\n8\n9\na\n');
  });

  it('keeps what is written behind a piece that is still on its way', async () => {
    const file = await GatheredFile.open(path, unexpected);
    const piece = Buffer.alloc(300_000, 'p');
    const goingOut = file.write(piece, 0);
    await file.write(Buffer.from('behind'), piece.length);
    expect((await file.read(piece.length - 1, 7)).toString()).toBe('pbehind');
    await goingOut;
    await file.truncate(piece.length + 3);
    expect(file.size).toBe(piece.length + 3);
    expect((await file.read(piece.length, 10)).toString()).toBe('beh');
    await file.close();
  });

  it('goes out by itself after a moment', async () => {
    const file = await GatheredFile.open(path, unexpected);
    await file.write(Buffer.from('soon\n'), 0);
    while ((await readFile(path, 'utf8')) !== 'soon\n') await new Promise((resolve) => setTimeout(resolve, 10));
    await file.close();
  });

  it('says so when what has gathered does not fit on the disk, and takes nothing more for written', async () => {
    let file: GatheredFile | undefined;
    const failure = await new Promise((resolve) => {
      void GatheredFile.open('/dev/full', resolve).then((opened) => {
        file = opened;
        return opened.write(Buffer.from('lost'), 0);
      });
    });
    expect(failure).toMatchObject({ code: 'ENOSPC' });
    await expect(file?.flush()).rejects.toMatchObject({ code: 'ENOSPC' });
    await expect(file?.close()).rejects.toMatchObject({ code: 'ENOSPC' });
  });
});
