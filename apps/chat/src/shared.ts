/** Replicas share the requests among them: a queue group of the broker. */
export const shared = { queue: 'chat' };
