import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';

const MessageSchema = Type.Object({
  id: Type.String(),
  from: Type.String(),
  to: Type.Array(Type.String()),
  subject: Type.String(),
  text: Type.String(),
  receivedAt: Type.String(),
  /** Of a text message: who was asked to send it. A mail has none. */
  vendor: Type.Optional(Type.Union([Type.Literal('sns'), Type.Literal('dysms')])),
});
const storedMessage = Compile(MessageSchema);

export type Message = Static<typeof MessageSchema>;

export interface MailStore {
  /** Keeps a message and gives it its id. Resolves when it is on disk, so that what was accepted survives a restart. */
  add(message: Omit<Message, 'id'>): Promise<Message>;
  /** The newest messages first; with `to`, only those sent to that address, whatever its case, or number. */
  list(query: { to?: string; limit: number }): Message[];
  clear(): Promise<void>;
}

const FILE = /^\d{12}\.json$/;

/**
 * Opens the folder of a mail sink, private to its owner (mode 700), and reads what an earlier run kept. One file a message, named by a
 * running number; only the newest `keep` stay. Files that are no message are left alone and not shown.
 */
export async function openMailStore(dir: string, keep = 1_000): Promise<MailStore> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
  const messages = new Map<number, Message>();
  for (const file of (await readdir(dir)).filter((name) => FILE.test(name)).sort()) {
    const message = await readMessage(join(dir, file));
    if (message !== undefined) messages.set(Number.parseInt(file, 10), message);
  }
  let lastNumber = Math.max(0, ...messages.keys());
  const fileOf = (number: number): string => join(dir, `${String(number).padStart(12, '0')}.json`);

  const forgetOldest = async (): Promise<void> => {
    for (const number of messages.keys()) {
      if (messages.size <= keep) return;
      messages.delete(number);
      await rm(fileOf(number), { force: true });
    }
  };
  await forgetOldest();

  return {
    async add(fields) {
      const message = { id: randomUUID(), ...fields };
      const number = (lastNumber += 1);
      const partial = `${fileOf(number)}.partial`;
      await writeFile(partial, JSON.stringify(message), { mode: 0o600 });
      await rename(partial, fileOf(number));
      messages.set(number, message);
      await forgetOldest();
      return message;
    },
    list({ to, limit }) {
      const address = to?.toLowerCase();
      const newestFirst = [...messages.entries()].sort(([a], [b]) => b - a).map(([, message]) => message);
      const fitting = address === undefined ? newestFirst : newestFirst.filter((message) => message.to.includes(address));
      return fitting.slice(0, limit);
    },
    async clear() {
      const numbers = [...messages.keys()];
      messages.clear();
      await Promise.all(numbers.map((number) => rm(fileOf(number), { force: true })));
    },
  };
}

async function readMessage(path: string): Promise<Message | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return storedMessage.Check(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
