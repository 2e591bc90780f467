import type { OrderNotice } from '#contracts/notification.ts';
import type { Region } from '#contracts/regions.ts';
import type { Language } from '#contracts/user.ts';
import type { Money } from '#contracts/values.ts';

import type { AccountParameters, OrderParameters } from './template.ts';

/** What a person reads money and dates in: not the language alone decides. */
const locales: Readonly<Record<Language, string>> = { en: 'en-GB', zh: 'zh-CN' };
/** Days begin when they do where the region's customers are; the world has many zones, and one is as good as another. */
const zones: Readonly<Record<Region, string>> = { world: 'UTC', china: 'Asia/Shanghai' };
const MOST_CHARACTERS = 200;

/** Text of others on one line: no controls, no breaks, nothing that turns the direction of writing. Blank text is null. Pure. */
export function onOneLine(text: string): string | null {
  const line = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
  return line === '' ? null : [...line].slice(0, MOST_CHARACTERS).join('');
}

/** An amount as its readers write it, with as many decimals as the currency has. Pure. */
export function moneyText({ amountMinor, currency }: Money, language: Language): string {
  const format = new Intl.NumberFormat(locales[language], { style: 'currency', currency });
  const decimals = format.resolvedOptions().maximumFractionDigits ?? 0;
  return format.format(amountMinor / 10 ** decimals);
}

/** A day in full. Throws RangeError for what is no instant. Pure. */
export function dayText(instant: string, language: Language, region: Region): string {
  return new Intl.DateTimeFormat(locales[language], { dateStyle: 'long', timeZone: zones[region] }).format(new Date(instant));
}

const paidStates = new Set(['captured', 'partly_refunded', 'refunded']);

/** Whether anything was ever paid for an order, also where it has gone back. Pure. */
export const isPaid = ({ paymentState }: Pick<OrderNotice, 'paymentState'>): boolean => paidStates.has(paymentState);

const nullable = (text: string | null | undefined): string | null => (text === null || text === undefined ? null : onOneLine(text));

/** Of what happened to an order, each with when, the newest last: what an event at `at` is of. That came before it, and whatever comes next comes after. Pure. */
function newestBy<Item>(items: readonly Item[], instantOf: (item: Item) => string, at: string | null): Item | undefined {
  return at === null ? items.at(-1) : (items.findLast((item) => instantOf(item) <= at) ?? items[0]);
}

const withQuantity = ({ name, quantity }: { readonly name: string; readonly quantity: number }): string =>
  `${quantity} × ${onOneLine(name) ?? '-'}`;

const unitsOf = (lines: readonly { readonly quantity: number }[]): number => lines.reduce((sum, { quantity }) => sum + quantity, 0);

/** What templates may say of an account in `region`. Pure. */
export const accountParametersOf = (name: string | null, region: Region): AccountParameters => ({ name: nullable(name), region });

/** What templates may say of an order, as an event at `at` tells of it; null where nobody knows when it was. `name` is its reader's. Pure. */
export function parametersOf(
  order: OrderNotice,
  reader: { readonly name: string | null; readonly language: Language },
  region: Region,
  at: string | null,
): OrderParameters {
  const { language } = reader;
  const money = (amountMinor: number): string => moneyText({ amountMinor, currency: order.currency }, language);
  const shipment = newestBy(order.shipments, ({ shippedAt }) => shippedAt, at);
  const shipped = shipment?.lines ?? [];
  const givenUp = order.shortClosure ?? null;
  return {
    name: nullable(reader.name),
    number: onOneLine(order.number) ?? '-',
    placedOn: order.createdAt === undefined ? null : dayText(order.createdAt, language, region),
    lines: order.lines.map((line) => `${withQuantity(line)}: ${money(line.totalMinor)}`),
    shipping: money(order.shippingMinor),
    total: money(order.totalMinor),
    isPaid: isPaid(order),
    refunded: order.refundedMinor === 0 ? null : money(order.refundedMinor),
    shippedLines: shipped.map(withQuantity),
    isPartShipped: shipment !== undefined && unitsOf(shipped) < unitsOf(order.lines),
    shortClosedLines: (givenUp?.lines ?? []).map(withQuantity),
    shortClosedMoney: givenUp === null || givenUp.amountMinor === 0 ? null : money(givenUp.amountMinor),
    isMoneyOwed: newestBy(order.returns, ({ acceptedAt }) => acceptedAt, at)?.amountMinor !== 0,
    carrier: nullable(shipment?.carrier),
    trackingCode: nullable(shipment?.trackingCode),
  };
}
