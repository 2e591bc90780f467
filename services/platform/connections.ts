import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { App } from './app.ts';

/** The connections of a listener, and what is under way on each: more than one request where a client sends the next before the answer. */
export interface Connections {
  /** To be called before other hooks are added. */
  watch(app: App): void;
  /** The answers that are not out, in any order. */
  underWay(socket: Socket): readonly ServerResponse[];
  all(): readonly Socket[];
}

export function createConnections(): Connections {
  // Lists, since most are of one answer and change with each request: a Set's table would be made anew every few of them, each reachable from the one before.
  const open = new Map<Socket, ServerResponse[]>();
  return {
    watch(app) {
      app.server.on('connection', (socket) => {
        open.set(socket, []);
        socket.once('close', () => open.delete(socket));
      });
      app.addHook('onRequest', (request, { raw }, done) => {
        const answers = open.get(request.raw.socket);
        answers?.push(raw);
        raw.once('close', () => answers?.splice(answers.indexOf(raw), 1));
        done();
      });
    },
    underWay: (socket) => [...(open.get(socket) ?? [])],
    all: () => [...open.keys()],
  };
}
