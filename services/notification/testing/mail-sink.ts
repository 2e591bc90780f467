import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';

import { startChild, type StartedChild } from '#standins/started-child.ts';

const main = new URL('../../../sim/standins/mail/main.ts', import.meta.url);
const Messages = Type.Object({
  messages: Type.Array(Type.Object({ to: Type.Array(Type.String()), subject: Type.String(), text: Type.String() })),
});
export type SunkMail = Static<typeof Messages>['messages'][number];

/** The twin's mail server as a process of its own. */
export interface MailSink {
  readonly url: string;
  mailsTo(address: string): Promise<SunkMail[]>;
  /** Stops listening; what it has taken it keeps. */
  stop(): Promise<void>;
  /** Listens again, on the same port. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function openMailSink(): Promise<MailSink> {
  const dir = await mkdtemp(join(tmpdir(), 'madeinworld-mail-'));
  let child: StartedChild | undefined = await startChild(main, ['--dir', dir]);
  const url = child.urlOf('mail:smtp');
  const started = (): StartedChild => {
    if (child === undefined) throw new Error('the mail sink is stopped');
    return child;
  };
  const stop = async (): Promise<void> => {
    await child?.stop();
    child = undefined;
  };
  return {
    url,
    async mailsTo(address) {
      const response = await fetch(`${started().urlOf('mail')}/messages?to=${encodeURIComponent(address)}`);
      return Value.Parse(Messages, await response.json()).messages;
    },
    stop,
    async start() {
      child = await startChild(main, ['--dir', dir, '--smtp-port', new URL(url).port]);
    },
    async close() {
      await stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
