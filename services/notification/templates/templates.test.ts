import fc from 'fast-check';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';

import { EventType } from '#contracts/events.ts';
import { OrderNotice } from '#contracts/notification.ts';

import { orderExample } from '../examples.ts';
import { exportAsked } from './export-asked.ts';
import { orderTemplates, templateOf, templates } from './index.ts';
import { accountParametersOf, dayText, moneyText, onOneLine, parametersOf } from './parameters.ts';
import { languageOf, render } from './render.ts';
import { accountTextMessage, textMessage } from './text-message.ts';

const minor = fc.integer({ min: 0, max: 999_999_999_999 });
/** What people put into names to write somebody else's mail. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '<script>alert(1)</script>',
    'Ada\r\nBcc: eve@example.com',
    'A\u202eda',
    '\ud800',
    'Ada\u2028\u2028Pay at evil.example',
    '&lt;',
    '"\'>',
    '${number}',
    '{name}',
    ' ',
    '',
  ),
);
const orders: fc.Arbitrary<OrderNotice> = fc.record(
  {
    accountId: fc.constant(null),
    number: fc.string({ minLength: 1, maxLength: 20 }),
    createdAt: fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true }).map((date) => date.toISOString()),
    paymentState: fc.constantFrom('none', 'unknown', 'captured', 'refunded'),
    currency: fc.constantFrom('EUR', 'USD', 'CNY', 'JPY', 'KWD'),
    lines: fc.array(fc.record({ name: hostile, quantity: fc.integer({ min: 1, max: 999 }), totalMinor: minor }), { maxLength: 5 }),
    shippingMinor: minor,
    totalMinor: minor,
    refundedMinor: fc.oneof(fc.constant(0), minor),
    shipments: fc.array(
      fc.record({
        carrier: fc.option(hostile),
        trackingCode: fc.option(hostile),
        shippedAt: fc.constant('2026-03-01T09:30:30.000000Z'),
        lines: fc.array(fc.record({ name: hostile, quantity: fc.integer({ min: 1, max: 9 }) }), { maxLength: 3 }),
      }),
      { maxLength: 2 },
    ),
    shortClosure: fc.option(
      fc.record({
        amountMinor: fc.oneof(fc.constant(0), minor),
        lines: fc.array(fc.record({ name: hostile, quantity: fc.integer({ min: 1, max: 9 }) }), { maxLength: 3 }),
      }),
    ),
    returns: fc.array(fc.record({ amountMinor: minor, acceptedAt: fc.constant('2026-03-01T09:30:40.000000Z') }), { maxLength: 2 }),
  },
  {
    requiredKeys: [
      'accountId',
      'number',
      'paymentState',
      'currency',
      'lines',
      'shippingMinor',
      'totalMinor',
      'refundedMinor',
      'shipments',
      'returns',
    ],
  },
);

describe.each(orderTemplates)('the template $name', (template) => {
  it.each(['en', 'zh'] as const)(
    'is whole in %s for whatever an order holds, and lets nothing of it pass for something else',
    (language) => {
      fc.assert(
        fc.property(orders, fc.option(hostile), (order, name) => {
          const parameters = parametersOf(order, { name, language }, 'world', null);
          const { subject, text, html } = render(template, language, parameters);
          for (const said of [subject, text, html]) {
            expect(said).not.toMatch(/undefined|null|NaN|\[object/);
            expect(said).toBe(said.toWellFormed());
          }
          expect(subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
          // Lines of a text come from the template alone: as many as there are when everybody has an ordinary name.
          const plain = (value: string | null): string | null => (value === null ? null : 'x');
          const tame = render(template, language, {
            ...parameters,
            name: plain(parameters.name),
            carrier: plain(parameters.carrier),
            trackingCode: plain(parameters.trackingCode),
            lines: parameters.lines.map(() => 'x'),
            shippedLines: parameters.shippedLines.map(() => 'x'),
            shortClosedLines: parameters.shortClosedLines.map(() => 'x'),
          });
          const linesOf = (body: string): number => body.split(/[\p{Cc}\p{Zl}\p{Zp}]/u).length;
          expect(linesOf(text)).toBe(linesOf(tame.text));
          expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
          const tags = [...html.matchAll(/<[^>]*>?/g)].map(([tag]) => tag);
          expect(
            tags.filter((tag) => !/^<(!doctype html|html lang="(en|zh)"|meta charset="utf-8"|\/?(html|head|body|p)|br)>$/.test(tag)),
          ).toEqual([]);
          expect(html.replace(/&(amp|lt|gt|quot|#39);/g, '')).not.toContain('&');
        }),
        { numRuns: 60 },
      );
    },
  );
});

describe('text messages', () => {
  const withOne = orderTemplates.filter(({ wordings }) => wordings.en.sms !== undefined);

  it('are made of what was bought, in both languages', () => {
    expect(withOne).toEqual(orderTemplates.filter(({ kind }) => kind === 'transactional'));
    expect(withOne.every(({ wordings }) => wordings.zh.sms !== undefined)).toBe(true);
  });

  it.each(withOne)('$name is one message, whatever the number of the order', (template) => {
    fc.assert(
      fc.property(orders, fc.string({ minLength: 1, maxLength: 64, size: 'max' }), (some, number) => {
        const order = { ...some, number };
        const said = (language: 'en' | 'zh') =>
          textMessage(template, language, parametersOf(order, { name: null, language }, 'world', null));
        const [en, zh] = [said('en'), said('zh')];
        expect([...(en?.text ?? '')].length).toBeLessThanOrEqual(160);
        // The vendor puts the signature in front, in brackets: https://help.aliyun.com/en/sms/
        expect([...`【madeinworld】${zh?.text}`].length).toBeLessThanOrEqual(70);
        expect([en?.template, zh?.template]).toEqual([`${template.name}.en`, `${template.name}.zh`]);
        expect(en?.text).toBe(template.wordings.en.sms?.({ number: en?.parameters['number'] ?? '' }));
        expect(en?.text).not.toMatch(/undefined|null|\n/);
      }),
    );
    // Seven bits a letter: any other one makes it 70 letters.
    expect(template.wordings.en.sms?.({ number: 'W-2026-100001' })).toMatch(/^[\w .,:-]+$/);
  });
});

describe('the template export-asked', () => {
  it.each(['en', 'zh'] as const)(
    'says in %s where the copy waits and what to do if it was not asked for, whatever the name',
    (language) => {
      fc.assert(
        fc.property(fc.option(hostile), fc.constantFrom('world', 'china'), (name, region) => {
          const { subject, text, html } = render(exportAsked, language, accountParametersOf(name, region));
          for (const said of [subject, text, html]) expect(said).not.toMatch(/undefined|null|\[object/);
          expect(text.split(/[\p{Cc}\p{Zl}\p{Zp}]/u)).toHaveLength(10);
          expect(text).not.toMatch(/https?:|www\./);
          expect(html).not.toMatch(/<(script|a) ?/);
          const [here, there] = language === 'en' ? ['mainland China', 'outside mainland China'] : ['中国区', '国际区'];
          const [ours, theirs] = region === 'china' ? [here, there] : [there, here];
          expect(text.indexOf(theirs)).toBeLessThan(text.lastIndexOf(ours));
          expect(text).toMatch(language === 'en' ? /sign in .* end the link/s : /登录.*解除/s);
        }),
      );
    },
  );

  it('has a text message of one part in both languages, without parameters', () => {
    const [en, zh] = [accountTextMessage(exportAsked, 'en'), accountTextMessage(exportAsked, 'zh')];
    expect(en?.text).toMatch(/^[\w .,:-]{1,160}$/);
    expect([...`【madeinworld】${zh?.text}`].length).toBeLessThanOrEqual(70);
    expect([en, zh]).toMatchObject([
      { template: 'export-asked.en', parameters: {} },
      { template: 'export-asked.zh', parameters: {} },
    ]);
  });
});

describe('templates', () => {
  it('have names and event types of their own', () => {
    expect(new Set(templates.map(({ name }) => name)).size).toBe(templates.length);
    expect(new Set(templates.map(({ eventType }) => eventType)).size).toBe(templates.length);
  });

  it('leave out what customers are not told of', () => {
    const silent = EventType.anyOf.map((type) => type.const).filter((type) => templateOf(type) === undefined);
    expect(silent).toEqual([
      'madeinworld.order.placed.v1',
      'madeinworld.stock.low.v1',
      'madeinworld.stock.out.v1',
      'madeinworld.account.erased.v1',
    ]);
  });

  it('need consent where they are not about what was bought', () => {
    expect(templates.filter(({ kind }) => kind === 'marketing').map(({ name }) => name)).toEqual(['order-delivered']);
  });

  it('write money and days as their readers do', () => {
    expect(moneyText({ amountMinor: 123_456, currency: 'EUR' }, 'en')).toBe('€1,234.56');
    expect(moneyText({ amountMinor: 123_456, currency: 'JPY' }, 'en')).toBe('JP¥123,456');
    expect(moneyText({ amountMinor: 123_456, currency: 'KWD' }, 'en')).toMatch(/^KWD\s123\.456$/);
    expect(moneyText({ amountMinor: 123_456, currency: 'CNY' }, 'zh')).toBe('¥1,234.56');
    expect(dayText('2026-03-01T20:30:00.000000Z', 'en', 'world')).toBe('1 March 2026');
    expect(dayText('2026-03-01T20:30:00.000000Z', 'zh', 'china')).toBe('2026年3月2日');
  });

  it('put a name on one line, or take it for none', () => {
    expect(onOneLine(' Ada\r\n\tLovelace ')).toBe('Ada Lovelace');
    expect(onOneLine('\u0000\u202e ')).toBeNull();
    expect([...(onOneLine('\u{1f600}'.repeat(300)) ?? '')]).toHaveLength(200);
  });

  it('are shown by an example that is one', () => {
    expect(Value.Check(OrderNotice, orderExample)).toBe(true);
  });
});

it('are in the language of the region for who has said none, or one that there are no templates in', () => {
  expect([null, undefined, 'fr'].map((language) => [languageOf(language, 'world'), languageOf(language, 'china')])).toEqual(
    Array.from({ length: 3 }, () => ['en', 'zh']),
  );
  expect([languageOf('zh', 'world'), languageOf('en', 'china')]).toEqual(['zh', 'en']);
});
