import type { Server } from 'node:http';

import { announceListening, closeServer, listenOnLoopback, UsageError } from '../child.ts';
import { logFault } from '../cloud-flags.ts';
import type { MailStore } from '../mail/store.ts';
import { openSecretsFile } from '../secrets-file/secrets-file.ts';
import { createDysms } from './dysms.ts';
import type { SmsSettings } from './settings.ts';
import { createSns } from './sns.ts';

export interface SmsOptions {
  readonly store: MailStore;
  readonly settings: () => SmsSettings;
  /** Where the key pair stands that each vendor's clients sign with; a vendor without one is not there. */
  readonly worldSecrets: string | undefined;
  readonly chinaSecrets: string | undefined;
  readonly ports: { readonly sns: number; readonly dysms: number };
  readonly signName: string;
  /** Each `CODE=CONTENT`. */
  readonly templates: readonly string[];
}

/** Starts the vendors' ends for text messages, `sms:sns` and `sms:dysms`; gives back how to stop them. Throws `UsageError`. */
export async function openSms(options: SmsOptions): Promise<() => Promise<void>> {
  const { store, settings, worldSecrets, chinaSecrets, ports, signName } = options;
  const servers: Server[] = [];
  const listen = async (name: string, port: number, server: Server): Promise<void> => {
    announceListening(name, await listenOnLoopback(server, port));
    servers.push(server);
  };
  const shared = { store, settings, nowMs: Date.now, onFault: logFault('the SMS stand-in failed') };
  if (worldSecrets !== undefined) await listen('sms:sns', ports.sns, createSns({ ...shared, secretKeyOf: keysOf(worldSecrets) }));
  if (chinaSecrets !== undefined) {
    const approved = { signName, templates: new Map(options.templates.map(templateOf)) };
    await listen('sms:dysms', ports.dysms, createDysms({ ...shared, approved, secretKeyOf: keysOf(chinaSecrets) }));
  }
  return async () => void (await Promise.all(servers.map(closeServer)));
}

function keysOf(path: string): (accessKeyId: string) => string | undefined {
  const onUnreadable = logFault('the secrets file cannot be read; its last key pair stays');
  return openSecretsFile({ path, nowMs: Date.now, onUnreadable }).secretKeyOf;
}

function templateOf(text: string): [code: string, content: string] {
  const [, code, content] = /^(SMS_\d+)=(.+)$/s.exec(text) ?? [];
  if (code === undefined || content === undefined) throw new UsageError(`--dysms-template must be SMS_<number>=<content>, not "${text}"`);
  return [code, content];
}
