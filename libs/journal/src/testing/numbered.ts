/** The nth record that `appender.ts` writes: lengths vary, so that batches end anywhere in a sector. */
export const numbered = (n: number): { transaction: string; payload: Buffer } => ({
  transaction: `main-${n}`,
  payload: Buffer.alloc((n * 37) % 900, n % 256),
});

/** The transaction under which `appender.ts` writes how many records its snapshot stands for. */
export const SNAPSHOT = 'snapshot';
