// alive.js NODE: the health check of a service that listens on no port. Exit code 0 when the node tells on the bus, as it
// does every second, that it lives: it has the broker, and its event loop turns.
//
// The client is used as it is, and not through @parley/messaging: that would bring Nest, which takes five times as long to
// load, every half minute in every container.
import { readFileSync } from 'node:fs';
import { connect } from '@nats-io/transport-node';
import { chatFacts, facts } from '@parley/contracts';

const WAIT_MS = 3_000;

const [node] = process.argv.slice(2);
const { NATS_URL, NATS_USER, NATS_PASSWORD_FILE } = process.env;

const connection = await connect({
  name: `health of ${node}`,
  servers: NATS_URL,
  user: NATS_USER,
  pass: readFileSync(NATS_PASSWORD_FILE, 'utf8').trimEnd(),
  timeout: WAIT_MS,
  reconnect: false,
});
const { subject, body } = node.startsWith('chat-') ? chatFacts.alive : facts.alive;
const heartbeats = connection.subscribe(subject);
const silence = setTimeout(() => heartbeats.unsubscribe(), WAIT_MS);

let heard = false;
for await (const message of heartbeats) {
  heard = body.safeParse(message.json()).data?.node === node;
  if (heard) break;
}
clearTimeout(silence);
await connection.close();
if (!heard) {
  console.log(`${node} has not been heard for ${WAIT_MS} ms`);
  process.exitCode = 1;
}
