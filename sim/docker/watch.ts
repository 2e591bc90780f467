import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

const run = promisify(execFile);
const again = 1_000;

const Event = Compile(
  Type.Object({
    Action: Type.String(),
    Actor: Type.Object({ Attributes: Type.Record(Type.String(), Type.String()) }),
  }),
);

/** What became of a service's container. */
export type ContainerChange =
  | { readonly service: string; readonly state: 'exited'; readonly detail: string }
  | { readonly service: string; readonly state: 'running' };

/** Reads a line of `docker events --format '{{json .}}'`; undefined when it tells of no container of a service that died or came up. */
export function readEvent(line: string, healthChecked: ReadonlySet<string>): ContainerChange | undefined {
  const event: unknown = parse(line);
  if (!Event.Check(event)) return undefined;
  const { Action: action, Actor: actor } = event;
  const service = actor.Attributes['com.docker.compose.service'];
  // One that `docker compose run` has made belongs to whoever runs it.
  if (service === undefined || actor.Attributes['com.docker.compose.oneoff'] === 'True') return undefined;
  const exitCode = actor.Attributes['exitCode'];
  if (action === 'die') return { service, state: 'exited', detail: howItDied(exitCode, actor.Attributes['name'] ?? service) };
  if (action === 'health_status: healthy') return { service, state: 'running' };
  // A container with a health check has begun when that says so.
  if (action === 'start' && !healthChecked.has(service)) return { service, state: 'running' };
  return undefined;
}

function howItDied(exitCode: string | undefined, container: string): string {
  const killed = exitCode === '137' ? ' (killed: by hand, or for want of memory)' : '';
  return `the container ended with code ${exitCode ?? 'unknown'}${killed}; docker logs ${container}; docker start ${container}`;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

export interface WatchOptions {
  readonly project: string;
  /** Services whose container has a health check. */
  readonly healthChecked: ReadonlySet<string>;
  readonly onChange: (change: ContainerChange) => void;
  /** Called once when the engine no longer answers. What runs when it answers again comes as a change. */
  readonly onLost: () => void;
}

/** Tells of every container of the project that dies or comes up, from `since` (Unix time in seconds, with fractions) on, until it is closed. Survives the engine. */
export function watchContainers(options: WatchOptions, since: number): { close(): void } {
  const { project, healthChecked, onChange, onLost } = options;
  const label = `label=com.docker.compose.project=${project}`;
  let child: ChildProcess | undefined;
  let closed = false;

  async function follow(from: number): Promise<void> {
    const filters = ['--filter', 'type=container', '--filter', label];
    const events = spawn('docker', ['events', '--since', String(from), ...filters, '--format', '{{json .}}'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    child = events;
    createInterface({ input: events.stdout }).on('line', (line) => {
      const change = readEvent(line, healthChecked);
      if (change !== undefined && !closed) onChange(change);
    });
    await new Promise<void>((resolve) => events.once('error', () => resolve()).once('close', () => resolve()));
  }

  async function untilAnswered(): Promise<void> {
    while (!closed) {
      if (await run('docker', ['version']).catch(() => undefined)) return;
      await sleep(again);
    }
  }

  async function runningServices(): Promise<string[]> {
    const format = '{{if ne (.Label "com.docker.compose.oneoff") "True"}}{{.Label "com.docker.compose.service"}}{{end}}';
    const { stdout } = await run('docker', ['ps', '--filter', label, '--filter', 'status=running', '--format', format]);
    return stdout.split('\n').filter((name) => name !== '');
  }

  async function watch(): Promise<void> {
    for (let from = since; !closed;) {
      await follow(from);
      if (closed) return;
      from = Date.now() / 1000;
      // The stream may end without the engine: then nothing is lost, and what happened meanwhile is told from `from` on.
      if (await run('docker', ['version']).catch(() => undefined)) continue;
      onLost();
      await untilAnswered();
      from = Date.now() / 1000;
      for (const service of await runningServices().catch(() => [])) onChange({ service, state: 'running' });
    }
  }

  void watch();
  return {
    close() {
      closed = true;
      child?.kill();
    },
  };
}
