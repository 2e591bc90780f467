import { join } from 'node:path';

import type { Run, Running } from '../drivers/run.ts';
import { componentFolder, startStandIn } from './stand-in.ts';

export interface MailTarget extends Running {
  readonly smtpUrl: string;
  readonly httpUrl: string;
  /** Stops it and starts it again on what it has kept; the addresses change. */
  restarted(): Promise<MailTarget>;
}

/** Starts the mail sink. The same program on both drivers. */
export async function startMail(run: Run): Promise<MailTarget> {
  const dir = join(await componentFolder(run, 'mail'), 'messages');
  const start = async (): Promise<MailTarget> => {
    const sink = await startStandIn('mail', ['--dir', dir]);
    const stop = async (): Promise<void> => void (await sink.stop());
    return {
      smtpUrl: sink.urlOf('mail:smtp'),
      httpUrl: sink.urlOf('mail'),
      restarted: async () => {
        await stop();
        return start();
      },
      stop,
    };
  };
  return start();
}
