// A launcher that is asked for a broker alone.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { connectionFileOf, greet, readConnection } from '@parley/broker';
import { keepBroker } from './broker-alone.js';
import { StopRequests } from './stop-requests.js';
import { Launching } from './testing/launching.js';
import { pidsOf } from './testing/processes.js';
import { Terminal } from './testing/terminal.js';

// Some tests start a whole system.
jest.setTimeout(30_000);

describe('a broker alone', () => {
  let launching: Launching;
  let dataFolder: string;
  let terminal: Terminal;

  beforeEach(async () => {
    launching = await Launching.inNewFolder();
    ({ dataFolder, terminal } = launching);
  });
  afterEach(() => launching.clear());

  it('starts one where there is none, and nothing else', async () => {
    void launching.keep(keepBroker(launching.options()));
    await terminal.until(/broker +ready/);
    expect([...(await pidsOf(dataFolder)).keys()]).toEqual(['broker']);
    const { url } = (await readConnection(connectionFileOf(dataFolder)))!;
    await launching.stop();
    await expect(greet(url)).rejects.toMatchObject({ code: 'broker-unreachable' });
  });

  it('uses that of a system which has the data folder, for as long as that lasts', async () => {
    const pids = await launching.started();
    const other = new Terminal();
    const beside = keepBroker({ ...launching.options(), requests: new StopRequests(), print: other.print });
    await other.until(new RegExp(`held by process ${process.pid}, whose broker is used`));
    expect(await pidsOf(dataFolder)).toEqual(pids);
    const gone = expect(beside).rejects.toThrow(/The broker is gone/);
    await launching.stop();
    await gone;
  });

  it('ends when it is told to, and leaves the broker of others alone', async () => {
    await launching.started();
    const other = new Terminal();
    const ofOther = new StopRequests();
    const beside = keepBroker({ ...launching.options(), requests: ofOther, print: other.print });
    await other.until(/whose broker is used/);
    ofOther.request(0);
    await beside;
    const { url } = (await readConnection(connectionFileOf(dataFolder)))!;
    expect(await greet(url)).toMatchObject({ jetstream: true });
  });
});
