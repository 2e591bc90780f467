import dgram, { Socket } from 'node:dgram';
import { syncBuiltinESMExports } from 'node:module';

import type { Allowed } from './allowed.ts';
import { written } from './connections.ts';
import type { Denials } from './denial.ts';
import { truthful } from './lookups.ts';
import { callBack, property, replaceClass, replaceMethod } from './replace.ts';

/** Guards what is sent by UDP, by sockets that are connected and by those that are not. */
export function guardDatagrams(allowed: Allowed, denials: Denials): void {
  replaceMethod(Socket.prototype, 'connect', (connect) => (socket, args) => {
    const [port, address] = args;
    return refused(socket, args, port, address, 'a datagram socket to') ?? connect(socket, args);
  });
  // `sendto` is the same with a longer list, and calls this.
  replaceMethod(Socket.prototype, 'send', (send) => (socket, args) => {
    // (message, port, address) or (message, offset, length, port, address); a connected socket's has neither port nor address.
    const [, second, third, fourth, fifth] = args;
    // As Node tells the two apart.
    const long = Boolean(fifth) || (Boolean(fourth) && typeof fourth !== 'function');
    return refused(socket, args, long ? fourth : second, long ? fifth : third, 'a datagram to') ?? send(socket, args);
  });

  // A socket keeps its way to look up from the moment in which it is made.
  replaceMethod(
    dgram,
    'createSocket',
    (create) =>
      (self, [type, ...rest]) =>
        create(self, [checkedLookup(type), ...rest]),
  );
  replaceClass(dgram, 'Socket', ([type, ...rest]) => [checkedLookup(type), ...rest]);
  syncBuiltinESMExports();

  function checkedLookup(type: unknown): unknown {
    const lookup = property(type, 'lookup');
    if (typeof type !== 'object' || typeof lookup !== 'function') return type;
    return { ...type, lookup: truthful(lookup, (name) => `a datagram to ${name} at`, denials) };
  }

  /** Tells the caller as Node would of an address that cannot be reached; undefined when it may be. */
  function refused(socket: unknown, args: readonly unknown[], port: unknown, address: unknown, verb: string): object | undefined {
    if (typeof address !== 'string' || address === '' || allowed.reaches(address, Number(port))) return undefined;
    const at = written(address, Number(port));
    const error = denials.deny(verb, at, at);
    if (!callBack(args, error) && socket instanceof Socket) process.nextTick(() => socket.emit('error', error));
    return {};
  }
}
