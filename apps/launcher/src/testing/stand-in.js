// A small program in the place of a service: it keeps to the launcher's contract, and answers each request with what it got. What happens to it is
// appended to `events.txt` in the data folder, in the order in which it happens.
//
// STAND_IN_FAILS and STAND_IN_DEAF name one that cannot start, and one that does not end on SIGTERM.
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const { HOST, PORT, PARLEY_DATA, PARLEY_FAULTS, PARTICIPANT_NAME, CHAT_NAME, STAND_IN_FAILS, STAND_IN_DEAF } =
  process.env;
const name = HOST ? 'gateway' : (PARTICIPANT_NAME ?? CHAT_NAME ?? 'coordinator');
const note = (what) => appendFileSync(join(PARLEY_DATA, 'events.txt'), `${name} ${what}\n`);

const stop = (why) => {
  note(why);
  if (name !== STAND_IN_DEAF || why === 'lost its launcher') process.exit(0);
};
process.on('SIGTERM', () => stop('stopped')).on('disconnect', () => stop('lost its launcher'));

if (name === STAND_IN_FAILS) {
  process.send({ type: 'failed', code: 'no-luck', message: 'It was not to be.' }, () => process.exit(1));
} else {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const { method, url, headers } = request;
    response.end(JSON.stringify({ method, url, authorization: headers.authorization, prefer: headers.prefer, body }));
  });
  server.listen(name === 'gateway' ? Number(PORT) : 0, HOST ?? '127.0.0.1', () => {
    note(PARLEY_FAULTS === '1' ? 'ready with faults' : 'ready');
    const address = name === 'gateway' ? { address: `http://${HOST}:${server.address().port}` } : {};
    process.send({ type: 'ready', ...address });
  });
}
