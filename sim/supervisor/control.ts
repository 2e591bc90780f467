import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Fault } from '../faults/fault.ts';
import { LONGEST_MS } from '../faults/quantities.ts';
import type { Loaded } from '../snapshot/faults.ts';
import type { Manifest } from '../snapshot/manifest.ts';
import type { SaveRequest } from '../snapshot/save.ts';
import type { Region } from '../topology/regions.ts';
import { ProcessFailure } from './registry.ts';
import type { LoadRequest } from './snapshots.ts';
import type { TwinState } from './state.ts';

/** What can be asked of the supervisor. */
export interface ControlActions {
  readonly state: () => Promise<TwinState>;
  readonly stop: () => Promise<void>;
  /** `rolling`: its successor is ready before it ends. */
  readonly restart: (name: string, rolling: boolean) => Promise<void>;
  /** Adds a region, if it is not there: the state tells how far that is. */
  readonly add: (region: Region) => void;
  readonly addFaults: (request: AddFaults) => Promise<readonly Fault[]>;
  readonly healFaults: (request: HealFaults) => Promise<readonly Fault[]>;
  /** The signal is aborted when whoever asked has gone away. */
  readonly saveSnapshot: (request: SaveRequest, signal: AbortSignal) => Promise<Manifest>;
  readonly loadSnapshot: (request: LoadRequest, signal: AbortSignal) => Promise<Loaded>;
}

const RestartRequest = Type.Object({ name: Type.String(), rolling: Type.Boolean({ default: false }) });
const AddRequest = Type.Object({ region: Type.Enum(['world', 'china']) });
/** What a kind of fault needs to know besides stands in `params`, and is read by the kind. */
const AddFaults = Type.Object({
  kind: Type.String(),
  targets: Type.Array(Type.String(), { minItems: 1 }),
  forMs: Type.Union([Type.Null(), Type.Number({ minimum: 0, maximum: LONGEST_MS })]),
  params: Type.Unknown(),
});
export type AddFaults = Static<typeof AddFaults>;
/** All faults, where neither ids nor targets are named; else those that have one of either. */
const HealFaults = Type.Object({
  ids: Type.Optional(Type.Array(Type.String())),
  targets: Type.Optional(Type.Array(Type.String())),
});
export type HealFaults = Static<typeof HealFaults>;
const SaveSnapshot = Type.Object({
  name: Type.String(),
  note: Type.Union([Type.String({ maxLength: 1_000 }), Type.Null()]),
  replace: Type.Boolean(),
});
/** Everything, or where a region is named its database alone. */
const LoadSnapshot = Type.Object({ name: Type.String(), region: Type.Optional(Type.Enum(['world', 'china'])) });

export interface ControlServer {
  readonly url: string;
  close(): void;
}

/** Serves the control interface on 127.0.0.1; every request must carry the token. */
export async function serveControl(token: string, actions: ControlActions): Promise<ControlServer> {
  const server = createServer((request, response) => {
    answer(request, response, token, actions).catch((error: unknown) => {
      reply(response, 500, { error: explain(error) });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, token: string, actions: ControlActions): Promise<void> {
  if (!authorized(request, token)) return reply(response, 401, { error: 'the token is missing or wrong' });
  const body = await text(request);
  switch (`${request.method} ${request.url}`) {
    case 'GET /state':
      return reply(response, 200, await actions.state());
    case 'POST /stop':
      await actions.stop();
      return reply(response, 200, {});
    case 'POST /restart': {
      const { name, rolling } = Value.Parse(RestartRequest, JSON.parse(body));
      await actions.restart(name, rolling);
      return reply(response, 200, {});
    }
    case 'POST /add':
      actions.add(Value.Parse(AddRequest, JSON.parse(body)).region);
      return reply(response, 202, {});
    case 'POST /faults':
      return reply(response, 200, await actions.addFaults(Value.Parse(AddFaults, JSON.parse(body))));
    case 'POST /faults/heal':
      return reply(response, 200, await actions.healFaults(Value.Parse(HealFaults, JSON.parse(body))));
    case 'POST /snapshots/save':
      return reply(response, 200, await actions.saveSnapshot(Value.Parse(SaveSnapshot, JSON.parse(body)), goneOf(response)));
    case 'POST /snapshots/load': {
      const { name, region } = Value.Parse(LoadSnapshot, JSON.parse(body));
      return reply(response, 200, await actions.loadSnapshot({ name, region }, goneOf(response)));
    }
    default:
      return reply(response, 404, { error: 'no such thing' });
  }
}

/** For people: which process it was, and the end of what it said. */
function explain(error: unknown): string {
  if (!(error instanceof ProcessFailure)) return error instanceof Error ? error.message : String(error);
  const tail = error.logTail.slice(-10).map((line) => `  | ${line}`);
  return [`${error.processName} ${error.message}`, ...(tail.length > 0 ? [`The end of ${error.logFile}:`, ...tail] : [])].join('\n');
}

/** Aborted when the connection ends before the answer has left. */
function goneOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(new Error('interrupted'));
  });
  return gone.signal;
}

function authorized(request: IncomingMessage, token: string): boolean {
  const expected = Buffer.from(`Bearer ${token}`);
  const given = Buffer.from(request.headers.authorization ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(body));
}
