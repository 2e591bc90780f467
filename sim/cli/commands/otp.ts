import { setTimeout as sleep } from 'node:timers/promises';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { shownUrl } from '../../status/collect.ts';
import { staffAddress } from '../../topology/environment.ts';
import type { CliConfig } from '../config.ts';
import { addressIn, requireTwin } from '../control-client.ts';
import { CommandFailure } from '../failure.ts';
import { note, print, printJson } from '../screen.ts';

const Message = Type.Object({
  from: Type.String(),
  subject: Type.String(),
  text: Type.String(),
  receivedAt: Type.String(),
  vendor: Type.Optional(Type.Union([Type.Literal('sns'), Type.Literal('dysms')])),
});
type Message = Static<typeof Message>;
const Messages = Type.Object({ messages: Type.Array(Message) });

/** The longest that the auth service lets a code live: an older one cannot be used. */
const codeLifeMs = 10 * 60_000;
const pollMs = 100;

/** Whose vendor each region's text messages go to. */
const regionOfVendor = { sns: 'world', dysms: 'china' } as const;

/** Prints the newest code that was sent to a mail address or a telephone number, waiting a little for one that is on its way. */
export async function otp(
  config: CliConfig,
  address: string,
  options: { readonly region?: 'world' | 'china'; readonly wait: number; readonly json?: true },
): Promise<void> {
  const { state } = await requireTwin(config.paths);
  const isNumber = address.startsWith('+');
  const sinkUrl = addressIn(state, isNumber ? 'sms' : 'mail');
  const end = Date.now() + options.wait;
  for (;;) {
    const found = await newestCode(sinkUrl, address, options.region);
    if (found !== undefined) {
      const ageMs = Date.now() - Date.parse(found.receivedAt);
      if (options.json === true) printJson({ ...found, expired: ageMs > codeLifeMs });
      else print(found.code);
      if (ageMs > codeLifeMs) note(`That code was sent ${Math.round(ageMs / 60_000)} minutes ago and has expired: ask for a new one.`);
      return;
    }
    if (Date.now() > end) break;
    await sleep(pollMs);
  }
  throw new CommandFailure(
    `no code has been sent to ${address}${options.region === undefined ? '' : ` by ${options.region}`}`,
    `Ask for one first: sign in to the admin panel (${shownUrl(state, 'admin') ?? 'see sim status'}) as ${staffAddress}.`,
  );
}

async function newestCode(
  sinkUrl: string,
  address: string,
  region: string | undefined,
): Promise<{ code: string; receivedAt: string } | undefined> {
  const response = await fetch(`${sinkUrl}/messages?to=${encodeURIComponent(address)}&limit=20`, { signal: AbortSignal.timeout(3000) });
  if (!response.ok) throw new CommandFailure(`the mail sink answered ${response.status}`, 'npm run sim:logs -- mail');
  const { messages } = Value.Parse(Messages, await response.json());
  for (const message of messages) {
    const code = message.vendor === undefined ? codeIn(message.text) : codeInText(message.text);
    if (code !== undefined && (region === undefined || isFrom(message, region))) return { code, receivedAt: message.receivedAt };
  }
  return undefined;
}

/** The code that a mail brings. */
export function codeIn(text: string): string | undefined {
  return /^\s*(\d{8})\s*$/m.exec(text)?.[1];
}

/** The code that a text message brings: eight digits that are no part of a number of something else. */
export function codeInText(text: string): string | undefined {
  return /(?<![\w-])(\d{8})(?![\w-])/.exec(text)?.[1];
}

/** Whether a message comes from a region: a mail names the one that sent it, on a line of its own; a text message came through that region's vendor. */
export function isFrom({ text, vendor }: Pick<Message, 'text' | 'vendor'>, region: string): boolean {
  if (vendor !== undefined) return regionOfVendor[vendor] === region;
  return /^Region: (\w+)\s*$/m.exec(text)?.[1] === region;
}
