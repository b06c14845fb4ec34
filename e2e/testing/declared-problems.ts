// What clients were refused with, as the logs of the gateways have it, against what the contract says that they can be.
import {
  frameProblems,
  problemCodes,
  routes,
  socketOperations,
  type Route,
  type SocketOperation,
} from '@parley/contracts';
import { z } from 'zod';

const refused = z.object({
  msg: z.literal('served'),
  method: z.string(),
  route: z.string(),
  code: z.enum(problemCodes),
});
const refusedCommand = z.object({
  msg: z.literal('a command was refused'),
  op: z.string().nullable(),
  code: z.enum(problemCodes),
});

/** As the log names a route: `GET /api/v1/rooms/:room`. HEAD is answered as GET is. */
const named = ({ method, path }: Route): string => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
const byName = new Map(Object.values<Route>(routes).map((route) => [named(route), route]));
const byOp = new Map<string, SocketOperation>(Object.entries(socketOperations));

/** A sentence for each refusal that no client can expect. */
export function undeclaredProblems(log: readonly Record<string, unknown>[]): string[] {
  return log.flatMap((line) => {
    const request = refused.safeParse(line).data;
    const command = refusedCommand.safeParse(line).data;
    const route = request && byName.get(`${request.method.toLowerCase().replace('head', 'get')} ${request.route}`);
    const wrong: string[] = [];
    if (route && !route.problems.includes(request.code)) wrong.push(`${named(route)}: ${request.code}`);
    if (command) {
      const { problems } = byOp.get(command.op ?? '') ?? { problems: frameProblems };
      if (!problems.some((code) => code === command.code)) wrong.push(`${command.op ?? 'a frame'}: ${command.code}`);
    }
    return wrong.map((what) => `no contract names this refusal: ${what}`);
  });
}
