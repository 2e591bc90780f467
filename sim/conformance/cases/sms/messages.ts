import { randomInt } from 'node:crypto';

import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { expect } from 'vitest';

import type { SmsTarget } from '../../components/sms.ts';

const Message = Type.Object({ from: Type.String(), to: Type.Array(Type.String()), text: Type.String(), vendor: Type.String() });
const Listing = Type.Object({ messages: Type.Array(Message) });

/** A mainland number that no other test writes to. */
export const freshNumber = (): string => `+86138${randomInt(1e7, 1e8)}`;

/** What has come for a number, the newest first. */
export async function textsTo({ httpUrl }: SmsTarget, number: string): Promise<Static<typeof Message>[]> {
  return Value.Parse(Listing, await (await fetch(`${httpUrl}/messages?to=${encodeURIComponent(number)}`)).json()).messages;
}

/** Makes the vendors do so while `work` runs. */
export async function withSettings({ httpUrl }: SmsTarget, settings: object, work: () => Promise<void>): Promise<void> {
  const put = async (body: object): Promise<void> => {
    const answer = await fetch(`${httpUrl}/settings`, { method: 'PUT', body: JSON.stringify(body) });
    expect(answer.status).toBe(200);
  };
  const atFirst = { dysmsLimits: false, optedOut: [] };
  await put({ ...atFirst, ...settings });
  try {
    await work();
  } finally {
    await put(atFirst);
  }
}
