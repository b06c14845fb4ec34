// A Nest application on the bus, and a controller that stands for a service.
import 'reflect-metadata';
import { Controller, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { Answers, AnswersAs, Hears } from '../answers.js';
import { Refusal } from '../bus-error.js';
import { BusServer } from '../bus-server.js';
import type { Bus } from '../bus.js';
import type { Call } from '../message.js';
import { double, greeted, who } from './contracts.js';

export class Service {
  readonly calls: Call[] = [];
  readonly greeted: string[] = [];
  /** What the next requests wait for before they are answered. */
  gate: Promise<void> = Promise.resolve();
  /** Called when a request has reached its handler. */
  onRequest: () => void = () => undefined;

  constructor(readonly node: string) {}
}

function controllerOf(service: Service): Type {
  @Controller()
  class Doubler {
    @Answers(double)
    async double({ number }: { number: number }, call: Call): Promise<{ number: number }> {
      service.calls.push(call);
      service.onRequest();
      await service.gate;
      if (number === 13) {
        throw new Refusal('unlucky', 'thirteen is not doubled');
      }
      if (number === 404) {
        throw new Error('the secret is 1234');
      }
      return { number: number * 2 };
    }

    @Answers({ ...double, subject: 'parley.v1.test.shared' }, { queue: 'shared' })
    shared({ number }: { number: number }, call: Call): { number: number } {
      service.calls.push(call);
      return { number: number * 2 };
    }

    @AnswersAs(who)
    who(): { node: string } {
      return { node: service.node };
    }

    @Hears(greeted)
    greeted({ name }: { name: string }): void {
      service.greeted.push(name);
    }
  }
  return Doubler;
}

export interface Serving {
  readonly service: Service;
  close(): Promise<void>;
}

/** Serves the test contracts on the bus as the node of this name. */
export async function serve(bus: Bus, node: string): Promise<Serving> {
  const service = new Service(node);
  const controllers = [controllerOf(service)];
  @Module({ controllers })
  class Application {}
  const options: MicroserviceOptions & { logger: false } = {
    strategy: new BusServer(bus, { node, service: 'doubler' }),
    logger: false,
  };
  const application = await NestFactory.createMicroservice(Application, options);
  await application.listen();
  return { service, close: () => application.close() };
}
