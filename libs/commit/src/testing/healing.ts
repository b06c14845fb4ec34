// After everything: all nodes are up, the network delivers, disks write. Then all that was begun must be decided, all
// ledgers must become equal, and new transactions must be committed again. Deadlines pass at one node at a time, so that
// eventually one recoverer is alone for long enough.
import type { Place } from '@parley/contracts';
import type { Cluster } from './cluster.js';

/** More than any schedule needs. */
const ROUNDS_AT_MOST = 12;

/** Throws when the cluster does not come to rest. `mayCommit`: no participant votes no. */
export function heal(cluster: Cluster, { mayCommit }: { mayCommit: boolean }): void {
  for (const node of cluster.nodes) {
    if (!node.isUp) node.restart();
    node.disk = 'prompt';
    node.force();
  }
  for (const book of cluster.coordinator.state.numbers.keys()) settle(cluster, book, mayCommit);
}

/** Who has missed something may have to say no to the next transaction, and to the one after it, but not for ever. */
function settle(cluster: Cluster, book: string, mayCommit: boolean): void {
  for (let round = 0; round < ROUNDS_AT_MOST; round += 1) {
    const last = cluster.propose('the last one', { book });
    for (let pause = 0; pause < ROUNDS_AT_MOST && !isRecorded(cluster, last); pause += 1) letTimePass(cluster);
    if (!isRecorded(cluster, last)) break;
    if (cluster.history.outcomeOf(last) === 'committed' || !mayCommit) return;
  }
  throw new Error(`${book} does not come to rest: ${JSON.stringify(cluster.ledgers(book))}`);
}

function letTimePass(cluster: Cluster): void {
  cluster.deliverAll();
  for (const node of cluster.nodes)
    for (const kind of node.deadlines()) {
      node.passDeadline(kind);
      cluster.deliverAll();
    }
  cluster.heartbeat();
  cluster.deliverAll();
}

/** All ledgers end with this line; that they are equal is an invariant. */
const isRecorded = (cluster: Cluster, { book, number }: Place): boolean =>
  Object.values(cluster.ledgers(book)).every((lines) => lines.length === number);
