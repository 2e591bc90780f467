import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { showDuration } from '../../faults/quantities.ts';
import { shownUrl } from '../../status/collect.ts';
import type { TwinState } from '../../supervisor/state.ts';
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
/** By then a newer one may have been asked for, or this one used: the mail does not tell. */
const freshMs = 60_000;
const pollMs = 100;
/** Whoever waits longer is told what for. */
const silentMs = 1000;

interface SentCode {
  readonly code: string;
  readonly region: string | undefined;
  readonly receivedAt: string;
}

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
  const startMs = Date.now();
  const by = options.region === undefined ? '' : ` by ${options.region}`;
  let told = false;
  for (;;) {
    const found = await newestCode(sinkUrl, address, options.region);
    if (found !== undefined) {
      const ageMs = Math.max(0, Date.now() - Date.parse(found.receivedAt));
      if (options.json === true) printJson({ ...found, ageMs, expired: ageMs > codeLifeMs });
      else print(found.code);
      note(originOf(found.region, ageMs));
      return;
    }
    const waitedMs = Date.now() - startMs;
    if (waitedMs > options.wait) break;
    if (!told && waitedMs >= silentMs) {
      told = true;
      note(`No code has been sent to ${address}${by} yet; waiting for one (${showDuration(options.wait)} in all) ...`);
    }
    await sleep(pollMs);
  }
  throw new CommandFailure(`no code has been sent to ${address}${by}`, adviceFor(address, state));
}

/** Where a code came from and when, and what to think of an old one. */
export function originOf(region: string | undefined, ageMs: number): string {
  const origin = `from ${region ?? 'a region that it does not name'}, ${showDuration(Math.max(1, Math.round(ageMs / 1000)) * 1000)} ago`;
  if (ageMs > codeLifeMs) return `${origin}: it has expired. Ask for a new one.`;
  if (ageMs > freshMs) return `${origin}: an old one. A code works once; if this one was used, ask for a new one.`;
  return origin;
}

/** How to have a code sent: staff sign in to the panel, everybody else to a region's shop. */
function adviceFor(address: string, state: TwinState): string {
  if (address === staffAddress)
    return `Ask for one first: sign in to the admin panel (${shownUrl(state, 'admin') ?? 'see sim status'}) as ${address}.`;
  const front = state.addresses['world:front'] ?? state.addresses['china:front'] ?? 'ADDRESS-OF-A-FRONT';
  const body = JSON.stringify(address.startsWith('+') ? { phone: address } : { email: address });
  return `Ask for one first: curl -X POST ${front}/v1/auth/codes -H 'content-type: application/json' -H 'idempotency-key: ${randomUUID()}' -d '${body}'`;
}

async function newestCode(sinkUrl: string, address: string, region: string | undefined): Promise<SentCode | undefined> {
  const response = await fetch(`${sinkUrl}/messages?to=${encodeURIComponent(address)}&limit=20`, { signal: AbortSignal.timeout(3000) });
  if (!response.ok) throw new CommandFailure(`the mail sink answered ${response.status}`, 'npm run sim:logs -- mail');
  const { messages } = Value.Parse(Messages, await response.json());
  for (const message of messages) {
    const code = message.vendor === undefined ? codeIn(message.text) : codeInText(message.text);
    if (code === undefined || (region !== undefined && !isFrom(message, region))) continue;
    return { code, region: regionOf(message), receivedAt: message.receivedAt };
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

/** The region that a message comes from: a mail names it, on a line of its own; a text message came through that region's vendor. */
export function regionOf({ text, vendor }: Pick<Message, 'text' | 'vendor'>): string | undefined {
  return vendor === undefined ? /^Region: (\w+)\s*$/m.exec(text)?.[1] : regionOfVendor[vendor];
}

/** Whether a message comes from a region. */
export function isFrom(message: Pick<Message, 'text' | 'vendor'>, region: string): boolean {
  return regionOf(message) === region;
}
