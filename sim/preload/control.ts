import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { isClockMessage, type ClockMessage } from './clock-channel.ts';

/** The arguments with which a process of the twin is started, before its own file. */
export function preloadArguments(): string[] {
  return ['--require', fileURLToPath(new URL('./main.ts', import.meta.url))];
}

/**
 * What the preload is told: `allow` holds `host:port` of what is attached to the twin and lies outside, `skewMs` how far ahead the wall clock is at the start.
 * The process must be spawned with `ipc` in its stdio for its clock to be set while it runs.
 */
export function preloadEnvironment({
  allow,
  skewMs,
  routes = {},
}: {
  readonly allow: readonly string[];
  /** The `host:port` of a link for each `host:port` that is reached over one. */
  readonly routes?: Readonly<Record<string, string>>;
  readonly skewMs: number;
}): Record<string, string> {
  const led = Object.entries(routes).map(([from, to]) => `${from}=${to}`);
  return {
    SIM_EGRESS_ALLOW: allow.join(','),
    SIM_EGRESS_ROUTES: led.join(','),
    SIM_CLOCK_SKEW_MS: String(skewMs),
    SIM_CLOCK_CHANNEL: 'ipc',
  };
}

let lastId = 0;

/**
 * Sets how far a running process's wall clock is ahead of this machine's, negative for behind; resolves when the process has said that it is. Throws
 * RangeError for what is no whole number of milliseconds, and Error when the process has no channel, ends, or does not answer within `timeoutMs`.
 */
export function setClockSkew(
  child: ChildProcess,
  skewMs: number,
  { timeoutMs = 5_000 }: { readonly timeoutMs?: number } = {},
): Promise<void> {
  const who = `process ${child.pid ?? '(not started)'}`;
  if (!Number.isSafeInteger(skewMs))
    return Promise.reject(new RangeError(`a clock's skew is a whole number of milliseconds, not ${skewMs}`));
  if (!child.connected) {
    const ended = child.exitCode !== null || child.signalCode !== null;
    const why = ended ? 'it has ended' : 'spawn it with "ipc" in its stdio';
    return Promise.reject(new Error(`the clock of ${who} cannot be set: it has no channel (${why})`));
  }
  lastId += 1;
  const message: ClockMessage = { type: 'sim:clock-skew', id: lastId, skewMs };
  return new Promise((resolve, reject) => {
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      child.off('message', answered);
      child.off('disconnect', gone);
      if (error === undefined) resolve();
      else reject(error);
    };
    const answered = (answer: unknown): void => {
      if (isClockMessage(answer) && answer.id === message.id) finish();
    };
    const gone = (): void => finish(new Error(`the clock of ${who} was not set: it ended, or closed its channel`));
    const late = `the clock of ${who} was not set: no answer in ${timeoutMs} ms. Is it stopped, busy, or started without the preload?`;
    const timer = setTimeout(() => finish(new Error(late)), timeoutMs);
    child.on('message', answered);
    child.once('disconnect', gone);
    child.send(message, (error) => {
      if (error !== null) finish(new Error(`the clock of ${who} was not set: ${error.message}`, { cause: error }));
    });
  });
}
