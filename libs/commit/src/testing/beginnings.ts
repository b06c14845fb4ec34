// How stories of recoveries begin.
import { Cluster } from './cluster.js';

/** All have voted yes and the pre-commit is on its way. */
export function withAllVotes(participants = 3): Cluster {
  const cluster = new Cluster({ participants });
  cluster.propose('x');
  cluster.deliver('vote-request');
  cluster.deliver('vote');
  return cluster;
}

/** All have voted yes, and the coordinator is gone before anybody was told to pre-commit: everybody waits. */
export function leftWaiting(participants = 3): Cluster {
  const cluster = withAllVotes(participants);
  cluster.drop('proposal');
  cluster.crash('coordinator');
  return cluster;
}
