// What becomes of a command line with which nobody can come into a chat.
import { describe, expect, it } from '@jest/globals';
import { nobodysAddress } from '../testing/addresses.js';
import { call } from '../testing/nodes.js';

const NOBODY = 'http://127.0.0.1:7070';

describe('parley chat', () => {
  it.each([
    [[], 1, /say which system: --server/],
    [['--server', 'nowhere'], 1, /--server takes an address such as http:.*, not "nowhere"/],
    [['--server', 'ftp://127.0.0.1'], 1, /--server takes an address/],
    [['--server', 'http://127.0.0.1:99999'], 1, /--server takes an address/],
    [['--server', NOBODY, '--server', 'nowhere'], 1, /not "nowhere"/],
    [['--server'], 2, /'--server <value>' argument missing/],
    [['--server', NOBODY, '--sever', 'x'], 2, /Unknown option '--sever'/],
    [['--server', NOBODY, '--room', 'No Room'], 2, /"No Room" is not the name of a room/],
    [['--server', NOBODY, '--create'], 2, /--create goes with --room/],
    [['--server', NOBODY, '--guest', '--register'], 2, /a guest has no password/],
    [['--server', NOBODY, '--guest', '--password-file', 'f'], 2, /a guest has no password/],
  ])('refuses %j with exit code %d', async (parameters, code, words) => {
    expect(await call('/', ['chat', ...parameters])).toEqual({ code, out: '', error: expect.stringMatching(words) });
  });

  it('takes no password from a command line, and does not repeat it', async () => {
    const told = await call('/', ['chat', '--server', NOBODY, '--password', 'hunter2']);
    expect(told).toMatchObject({ code: 2, error: expect.stringContaining('can be read by everybody on this machine') });
    expect(told.error).not.toContain('hunter2');
  });

  it('says when nothing answers at any address: exit code 1', async () => {
    const servers = [await nobodysAddress(), await nobodysAddress()];
    const told = await call('/', ['chat', '--name', 'Jo', ...servers.flatMap((server) => ['--server', server])]);
    expect(told).toEqual({
      code: 1,
      out: '',
      error: expect.stringContaining(`${servers[1]!} does not answer: connect ECONNREFUSED `),
    });
  });
});
