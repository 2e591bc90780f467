import { sql } from 'kysely';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import { OrderNotice } from '#contracts/notification.ts';
import { orNull } from '#contracts/values.ts';

import type { NotificationDb } from '../deps.ts';

/** What other services offer of whom is told, and of what: docs/domain.md. It is read when a notice is sent, and kept nowhere. */

const Ordered = Compile(orNull(OrderNotice));
const Contact = Compile(Type.Object({ language: Type.String(), name: orNull(Type.String()) }));

/** Another service answers otherwise than agreed. The answer is not quoted. */
export class SourceMalformed extends Error {}

/** Null where there is no such order. Throws SourceMalformed. */
export async function readOrder(db: NotificationDb, orderId: string): Promise<OrderNotice | null> {
  const { rows } = await sql<{ notice: unknown }>`SELECT orders.notice_of(${orderId}::uuid) AS notice`.execute(db);
  const notice = rows[0]?.notice ?? null;
  if (!Ordered.Check(notice)) throw new SourceMalformed('orders.notice_of answers otherwise than agreed');
  return notice;
}

export async function readEmail(db: NotificationDb, accountId: string): Promise<string | null> {
  const { rows } = await sql<{ email: string | null }>`SELECT auth.email_of(${accountId}::uuid) AS email`.execute(db);
  return rows[0]?.email ?? null;
}

export async function readPhone(db: NotificationDb, accountId: string): Promise<string | null> {
  const { rows } = await sql<{ phone: string | null }>`SELECT auth.phone_of(${accountId}::uuid) AS phone`.execute(db);
  return rows[0]?.phone ?? null;
}

/** Undefined where nobody has said how they want to be spoken to. Throws SourceMalformed. */
export async function readContact(
  db: NotificationDb,
  accountId: string,
): Promise<{ readonly language: string; readonly name: string | null } | undefined> {
  const { rows } = await sql<Record<string, unknown>>`SELECT language, name FROM users.contact_of(${accountId}::uuid)`.execute(db);
  const [contact] = rows;
  if (contact === undefined) return undefined;
  if (!Contact.Check(contact)) throw new SourceMalformed('users.contact_of answers otherwise than agreed');
  return contact;
}

/** Whose account is tied to the number of a link; null where it has ended. */
export async function readLinkedAccount(db: NotificationDb, personId: string): Promise<string | null> {
  const { rows } = await sql<{ account: string | null }>`SELECT users.account_of(${personId}::uuid) AS account`.execute(db);
  return rows[0]?.account ?? null;
}

export async function mayContact(db: NotificationDb, accountId: string, topic: 'marketing_email'): Promise<boolean> {
  const { rows } = await sql<{ may: boolean | null }>`SELECT users.may_contact(${accountId}::uuid, ${topic}) AS may`.execute(db);
  return rows[0]?.may === true;
}
