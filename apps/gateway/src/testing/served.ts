// Serves controllers on a bus as the node of this name, as a service does.
import 'reflect-metadata';
import { Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { BusServer, type Bus } from '@parley/messaging';

export async function serve(bus: Bus, node: string, controller: Type): Promise<{ close(): Promise<void> }> {
  @Module({ controllers: [controller] })
  class Application {}
  const options: MicroserviceOptions & { logger: false } = { strategy: new BusServer(bus, { node }), logger: false };
  const application = await NestFactory.createMicroservice(Application, options);
  await application.listen();
  return application;
}
