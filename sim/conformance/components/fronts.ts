import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

import { closeServer, listenOnLoopback } from '#standins/child.ts';
import { origins } from '#standins/front-flags.ts';
import type { Running } from '../drivers/run.ts';
import { startStandIn } from './stand-in.ts';

/** A request as a service behind the front saw it. */
export interface Seen {
  readonly origin: string;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface FrontTarget extends Running {
  readonly url: string;
  /** What the services behind it have seen since it was last emptied. */
  readonly seen: Seen[];
  /** How the services answer from now on. */
  answerWith(respond: (response: ServerResponse) => void): void;
}

/** Services answer within this, or the front gives up. */
export const frontTimeoutMs = 1_000;

/** Starts a region's front before services of the test's own. The same program on both drivers. */
export async function startFront(region: 'world' | 'china', more: readonly string[] = []): Promise<FrontTarget> {
  const seen: Seen[] = [];
  let respond: (response: ServerResponse) => void = (response) => void response.end();
  const services = origins.map((origin) => ({
    origin,
    server: serviceOf(origin, seen, (response) => respond(response)),
  }));
  const flags = await Promise.all(services.map(async ({ origin, server }) => [`--${origin}-url`, await listenOnLoopback(server, 0)]));
  const front = await startStandIn(`${region}-front`, [...flags.flat(), '--timeout-ms', String(frontTimeoutMs), ...more]);
  return {
    url: front.urlOf(`${region}:front`),
    seen,
    answerWith: (next) => {
      respond = next;
    },
    async stop() {
      await front.stop();
      for (const { server } of services) {
        server.closeAllConnections();
        await closeServer(server);
      }
    },
  };
}

function serviceOf(origin: string, seen: Seen[], respond: (response: ServerResponse) => void): Server {
  return createServer((request, response) => {
    text(request).then(
      (body) => {
        seen.push({ origin, method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
        respond(response);
      },
      () => response.destroy(),
    );
  });
}
