import { type APIRequestContext, expect } from '@playwright/test';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

const Message = Type.Object({ id: Type.String(), subject: Type.String(), text: Type.String() });

/** The id of the last message to an address; nothing when there is none. */
export async function lastMessageId(request: APIRequestContext, mailUrl: string, to: string): Promise<string | undefined> {
  return (await lastMessage(request, mailUrl, to))?.id;
}

/** Waits for a message to an address that is newer than the given one, and reads the sign-in code in it. */
export async function nextCode(request: APIRequestContext, mailUrl: string, to: string, after: string | undefined): Promise<string> {
  let code: string | undefined;
  await expect
    .poll(
      async () => {
        const message = await lastMessage(request, mailUrl, to);
        if (message === undefined || message.id === after) return undefined;
        code = /^\d{8}$/m.exec(message.text)?.[0];
        return code;
      },
      { message: `a new code mailed to ${to} (the twin's auth service sends one address 200 in ten minutes)`, intervals: [50, 100, 200] },
    )
    .toBeDefined();
  if (code === undefined) throw new Error('the mail has no code');
  return code;
}

async function lastMessage(request: APIRequestContext, mailUrl: string, to: string) {
  const response = await request.get(`${mailUrl}/messages/latest`, { params: { to } });
  if (response.status() === 404) return undefined;
  const body: unknown = await response.json();
  return Value.Parse(Message, body);
}
