// A bucket of the broker's key-value store as the chat uses it. It is opened when it is first needed, and again when it was
// lost, so that the chat starts, and says what is wrong, without the store.
import type { Bucket } from '@parley/contracts';
import { BusError, KeyValue, Refusal, type Bus, type Stored } from '@parley/messaging';
import type { z } from 'zod';

export class Store<B extends Bucket> {
  private opened: Promise<KeyValue<z.output<B['value']>>> | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly bucket: B,
  ) {}

  /** @throws Refusal `broker-unreachable` */
  get(key: string): Promise<Stored<z.output<B['value']>>> {
    return this.ask((store) => store.get(key));
  }

  /**
   * Whether the value was put, and not another before it.
   *
   * @throws Refusal `broker-unreachable`, `outcome-unknown`
   */
  async compareAndSet(key: string, revision: number, value: z.output<B['value']>): Promise<boolean> {
    return (await this.ask((store) => store.compareAndSet(key, revision, value))) !== undefined;
  }

  /**
   * Whether the value was removed, and not changed before.
   *
   * @throws Refusal `broker-unreachable`, `outcome-unknown`
   */
  compareAndRemove(key: string, revision: number): Promise<boolean> {
    return this.ask((store) => store.compareAndRemove(key, revision));
  }

  private async ask<T>(question: (store: KeyValue<z.output<B['value']>>) => Promise<T>): Promise<T> {
    try {
      this.opened ??= KeyValue.open(this.bus, this.bucket);
      return await question(await this.opened);
    } catch (error) {
      if (!(error instanceof BusError) || error.code === 'invalid-reply') throw error;
      this.opened = undefined;
      throw storeRefusal(error);
    }
  }
}

/** What it means to whoever asked that the store could not be asked. */
export const storeRefusal = (error: BusError): Refusal =>
  error.code === 'timeout'
    ? new Refusal('outcome-unknown', 'the store has not answered in time')
    : new Refusal('broker-unreachable', `the store cannot be asked: ${error.message}`);

/** Whether an error says that the store could not be asked, or has something that it should not. */
export const isOfStore = (error: unknown): error is Refusal | BusError =>
  error instanceof Refusal || error instanceof BusError;
