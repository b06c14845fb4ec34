/** Replicas share the requests among them: a queue group of the broker. */
export const byAnyReplica = { queue: 'chat' };
