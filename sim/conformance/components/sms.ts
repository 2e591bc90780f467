import { join } from 'node:path';

import { awsRegion } from '#sim/topology/environment.ts';
import type { Run, Running } from '../drivers/run.ts';
import { accessKey, componentFolder, makeSecretsFile, startStandIn } from './stand-in.ts';

/** What Dysms has approved, contents by code. */
export const approved = { SMS_1001: '您的订单${number}已发货，共${count}件。', SMS_1002: 'Hello' } as const;
export const signName = 'madeinworld';

export interface SmsTarget extends Running {
  readonly snsUrl: string;
  readonly dysmsUrl: string;
  readonly httpUrl: string;
  readonly region: string;
  /** The pair that opens both. */
  readonly accessKey: typeof accessKey;
  /** Stops it and starts it again on what it has kept; the addresses change. */
  restarted(): Promise<SmsTarget>;
}

/** Starts the vendors of text messages. The same program on both drivers, in the process of the mail sink. */
export async function startSms(run: Run): Promise<SmsTarget> {
  const dir = join(await componentFolder(run, 'sms'), 'messages');
  const file = await makeSecretsFile(run);
  const templates = Object.entries(approved).flatMap(([code, content]) => ['--dysms-template', `${code}=${content}`]);
  const args = [
    '--no-smtp',
    '--dir',
    dir,
    '--world-secrets',
    file.path,
    '--china-secrets',
    file.path,
    '--dysms-sign',
    signName,
    ...templates,
  ];
  const start = async (): Promise<SmsTarget> => {
    const sink = await startStandIn('mail', args);
    const stop = async (): Promise<void> => void (await sink.stop());
    return {
      snsUrl: sink.urlOf('sms:sns'),
      dysmsUrl: sink.urlOf('sms:dysms'),
      httpUrl: sink.urlOf('sms'),
      region: awsRegion,
      accessKey,
      restarted: async () => {
        await stop();
        return start();
      },
      stop,
    };
  };
  return start();
}
