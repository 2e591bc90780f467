import { readFileSync } from 'node:fs';

import { encode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parseAddress } from './address.ts';
import { respond, udpPayloadBytes } from './respond.ts';
import { parseTable } from './table.ts';
import { questionFor, readAnswer, subnetOption, type QuestionOptions, type Reading } from './testing/ask.ts';
import { authority, endpoints, tableFile } from './testing/authority.ts';
import { buildZones } from './zone.ts';

const here = parseAddress('127.0.0.1')!;
const ours = authority();
const NOERROR = 0;
const FORMERR = 1;
const NXDOMAIN = 3;
const NOTIMP = 4;
const REFUSED = 5;
const BADVERS = 16;

function ask(name: string, options: QuestionOptions = {}, of = ours): Reading {
  return readAnswer(respond(questionFor(name, options), { transport: 'udp', resolver: here }, of)!);
}

const raw = (message: Buffer): Buffer | undefined => respond(message, { transport: 'udp', resolver: here }, ours);
const chinese = ['device-api.madeinworld.com CNAME device-api.china.madeinworld.com', 'device-api.china.madeinworld.com A 127.0.0.1'];
const worldly = ['device-api.madeinworld.com CNAME device-api.world.madeinworld.com', 'device-api.world.madeinworld.com A 127.0.0.1'];

describe('who is led where', () => {
  test.each([
    ['114.114.114.0/24', chinese, { family: 1, sourceBits: 24, scopeBits: 24 }],
    ['8.8.8.0/24', worldly, { family: 1, sourceBits: 24, scopeBits: 6 }],
    ['240e:1:2::/56', chinese, { family: 2, sourceBits: 56, scopeBits: 20 }],
    ['2001:4860::/32', worldly, { family: 2, sourceBits: 32, scopeBits: 18 }],
    // Too coarse to tell: the scope says how much more the answer depends on (RFC 7871, 7.2.1).
    ['114.0.0.0/8', worldly, { family: 1, sourceBits: 8, scopeBits: 10 }],
    ['0.0.0.0/0', worldly, { family: 1, sourceBits: 0, scopeBits: 0 }],
    ['::/0', worldly, { family: 2, sourceBits: 0, scopeBits: 0 }],
  ])('%s', (subnet, answers, scope) => {
    const answer = ask('device-api.madeinworld.com', { subnet });
    expect(answer).toMatchObject({ rcode: NOERROR, authoritative: true, truncated: false, answers, authorities: [] });
    expect(answer.subnet).toEqual(scope);
    expect(answer.packet.answers).toMatchObject([{ ttl: 60 }, { ttl: 60 }]);
  });

  test('without a subnet, or where the client hides it, the resolver decides: on this machine, the default region', () => {
    expect(ask('device-api.madeinworld.com').answers).toEqual(worldly);
    expect(ask('device-api.madeinworld.com', {}, authority('CN')).answers).toEqual(chinese);
    expect(ask('device-api.madeinworld.com', { subnet: '0.0.0.0/0' }, authority('CN'))).toMatchObject({
      answers: chinese,
      subnet: { scopeBits: 0 },
    });
    expect(ask('device-api.madeinworld.com', { subnet: '8.8.8.0/24' }, authority('CN')).answers).toEqual(worldly);
    const abroad = { transport: 'udp', resolver: parseAddress('223.5.5.5')! } as const;
    expect(readAnswer(respond(questionFor('device-api.madeinworld.com'), abroad, ours)!).answers).toEqual(chinese);
  });

  test('which front it was, and its port, are told by TXT and SRV', () => {
    const text = ask('device-api.madeinworld.com', { type: 'TXT', subnet: '114.114.114.0/24' });
    expect(text.answers).toEqual([chinese[0], 'device-api.china.madeinworld.com TXT region=china url=http://127.0.0.1:4002']);
    const service = ask('_https._tcp.device-api.madeinworld.com', { type: 'SRV', subnet: '8.8.8.0/24' });
    expect(service.packet.answers).toMatchObject([{ data: { port: 4001, target: 'device-api.world.madeinworld.com' } }]);
    expect(service).toMatchObject({ additionals: ['device-api.world.madeinworld.com A 127.0.0.1'], subnet: { scopeBits: 6 } });
    // Twice alike, though the codec puts buffers into the record.
    expect(ask('device-api.madeinworld.com', { type: 'TXT', subnet: '114.114.114.0/24' }).answers).toEqual(text.answers);
  });

  test("a front's own name goes round the routing, and holds for everybody", () => {
    const answer = ask('device-api.china.madeinworld.com', { subnet: '8.8.8.0/24' });
    expect(answer).toMatchObject({ answers: [chinese[1]], subnet: { sourceBits: 24, scopeBits: 0 } });
  });

  test('the name comes back in the letters of the question, whatever their case', () => {
    const message = raw(questionFor('DeViCe-API.MadeInWorld.COM'))!;
    expect(message.toString('latin1')).toContain('DeViCe-API');
    expect(readAnswer(message).answers).toEqual(worldly);
  });
});

describe('what is not there', () => {
  const soa = expect.stringContaining('madeinworld.com SOA {"mname":"ns.madeinworld.com"') as unknown as string;

  test.each([
    ['a name that is not there', 'shop.madeinworld.com', 'A', NXDOMAIN, []],
    ['a name between two that are', 'china.madeinworld.com', 'A', NOERROR, []],
    ['a type that a name has not', 'device-api.world.madeinworld.com', 'AAAA', NOERROR, []],
    ['a type that the end of an alias has not', 'device-api.madeinworld.com', 'AAAA', NOERROR, [worldly[0]]],
  ] as const)('%s', (_what, name, type, rcode, answers) => {
    expect(ask(name, { type })).toMatchObject({ rcode, authoritative: true, answers, authorities: [soa] });
  });

  test('a label that holds a dot is not two labels', () => {
    const message = questionFor('device-api.madeinworld.com');
    message[12 + 11] = 0x2e;
    message[12] = 10 + 1 + 11;
    expect(readAnswer(raw(message)!)).toMatchObject({ rcode: REFUSED, answers: [] });
  });

  test('a type that nobody knows', () => {
    const message = questionFor('device-api.world.madeinworld.com', { ednsBytes: 0 });
    message.writeUInt16BE(65_280, message.length - 4);
    expect(readAnswer(raw(message)!)).toMatchObject({ rcode: NOERROR, answers: [], authorities: [soa] });
  });

  test('zones of others are refused, and so are other classes and transfers', () => {
    expect(ask('example.org')).toMatchObject({ rcode: REFUSED, authoritative: false, answers: [], authorities: [] });
    expect(ask('notmadeinworld.com').rcode).toBe(REFUSED);
    expect(ask('.').rcode).toBe(REFUSED);
    expect(ask('example.org', { subnet: '8.8.8.0/24' }).subnet).toBeUndefined();
    expect(ask('madeinworld.com', { type: 'AXFR' }).rcode).toBe(REFUSED);
    const chaos = encode({ type: 'query', id: 1, questions: [{ name: 'version.bind', type: 'TXT', class: 'CH' }] });
    expect(readAnswer(raw(chaos)!).rcode).toBe(REFUSED);
  });

  test('the zone says of itself who it is, and ANY gets one set of records', () => {
    expect(ask('madeinworld.com', { type: 'SOA' }).answers).toEqual([soa]);
    expect(ask('madeinworld.com', { type: 'NS' })).toMatchObject({
      answers: ['madeinworld.com NS ns.madeinworld.com'],
      additionals: ['ns.madeinworld.com A 127.0.0.1'],
    });
    expect(ask('device-api.china.madeinworld.com', { type: 'ANY' }).answers).toEqual([chinese[1]]);
  });
});

describe('EDNS and refusals', () => {
  test('an OPT is answered by one, none by none, and a version of the future by BADVERS', () => {
    expect(ask('device-api.madeinworld.com').packet.additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: udpPayloadBytes }]);
    expect(ask('device-api.madeinworld.com', { ednsBytes: 0 }).packet.additionals).toEqual([]);
    const later = questionFor('device-api.madeinworld.com');
    later[later.length - 5] = 1;
    expect(readAnswer(raw(later)!)).toMatchObject({ rcode: BADVERS, answers: [] });
    const dnssec = questionFor('device-api.madeinworld.com');
    dnssec[dnssec.length - 4] = 0x80;
    expect(readAnswer(raw(dnssec)!).packet.additionals).toMatchObject([{ flag_do: true }]);
  });

  test('FORMERR for what is no query, NOTIMP for what is no question', () => {
    const good = questionFor('device-api.madeinworld.com');
    const changed = (change: (message: Buffer) => void): Reading => {
      const message = Buffer.from(good);
      change(message);
      return readAnswer(raw(message)!);
    };
    expect(changed((message) => message.writeUInt16BE(2, 4)).rcode).toBe(FORMERR);
    expect(changed((message) => message.writeUInt16BE(0, 4)).rcode).toBe(FORMERR);
    expect(changed((message) => message.writeUInt16BE(1, 6)).rcode).toBe(FORMERR);
    expect(changed((message) => message.writeUInt16BE(0xc00c, 12)).rcode).toBe(FORMERR);
    expect(readAnswer(raw(Buffer.concat([good, Buffer.from('rest')]))!).rcode).toBe(FORMERR);
    const scoped = subnetOption('8.8.8.0/24', 24);
    const withScope = encode({
      type: 'query',
      questions: [{ name: 'device-api.madeinworld.com', type: 'A' }],
      additionals: [
        {
          type: 'OPT',
          name: '.',
          udpPayloadSize: 1232,
          extendedRcode: 0,
          ednsVersion: 0,
          flags: 0,
          flag_do: false,
          options: [{ code: 8, ip: undefined, data: scoped }],
        },
      ],
    });
    expect(readAnswer(raw(withScope)!)).toMatchObject({ rcode: FORMERR, answers: [] });
    for (const opcode of [1, 2, 4, 5, 6, 15]) {
      const answer = changed((message) => message.writeUInt16BE(opcode << 11, 2));
      expect(answer.rcode, `opcode ${opcode}`).toBe(NOTIMP);
      expect((answer.packet.flags! >> 11) & 0xf).toBe(opcode);
    }
  });

  test('no answer to half a header, nor to an answer', () => {
    const good = questionFor('device-api.madeinworld.com');
    expect(raw(good.subarray(0, 11))).toBeUndefined();
    const answer = Buffer.from(good);
    answer[2] = 0x80;
    expect(raw(answer)).toBeUndefined();
  });

  test('rubbish is survived, never answered with more than came, and its id is kept', () => {
    const good = questionFor('device-api.madeinworld.com', { subnet: '114.114.114.0/24' });
    const rubbish = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      // A query with some octets changed, cut short or drawn out.
      fc
        .tuple(
          fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }),
          fc.nat(good.length),
          fc.uint8Array({ maxLength: 20 }),
        )
        .map(([changes, length, rest]) => {
          const message = Buffer.from(good);
          for (const [at, octet] of changes) message[at] = octet;
          return Buffer.concat([message.subarray(0, length), rest]);
        }),
    );
    const seen = new Set<number | undefined>();
    fc.assert(
      fc.property(rubbish, fc.constantFrom('udp' as const, 'tcp' as const), (octets, transport) => {
        const message = Buffer.from(octets);
        const reply = respond(message, { transport, resolver: here }, ours);
        seen.add(reply === undefined ? undefined : reply.readUInt16BE(2) & 0xf);
        if (reply === undefined) return;
        expect(reply.readUInt16BE(0)).toBe(message.readUInt16BE(0));
        expect(reply.readUInt16BE(2) & 0x8000).toBe(0x8000);
        expect(() => readAnswer(reply)).not.toThrow();
        if ([FORMERR, NOTIMP].includes(reply.readUInt16BE(2) & 0xf)) expect(reply.length).toBeLessThanOrEqual(message.length);
        if (transport === 'udp') expect(reply.length).toBeLessThanOrEqual(udpPayloadBytes);
      }),
      { numRuns: 20_000 },
    );
    for (const rcode of [undefined, NOERROR, FORMERR, NXDOMAIN, NOTIMP, REFUSED]) expect(seen, `rcode ${rcode}`).toContain(rcode);
  });
});

describe('answers that do not fit', () => {
  const long = (front: string): string => `${'a'.repeat(60)}.${front.repeat(60)}.${'c'.repeat(60)}.example.test`;
  const name = `${'n'.repeat(60)}.${'n'.repeat(60)}.example.test`;
  const routing = [{ setIdentifier: 'world', country: '*', value: long('w') }];
  const table = { zones: [{ name: 'example.test', records: [{ name, type: 'CNAME', ttlSeconds: 1, routing }] }], samplePrefixes: {} };
  const large = authority('*', JSON.stringify(table), new Map([[long('w'), { address: '127.0.0.1', port: 1 }]]));

  test('are cut by UDP to what the client takes, and whole by TCP', () => {
    const answers = [`${name} CNAME ${long('w')}`, `${long('w')} A 127.0.0.1`];
    expect(ask(name, { ednsBytes: 0 }, large)).toMatchObject({ truncated: true, rcode: NOERROR, answers: [] });
    expect(ask(name, { ednsBytes: 100 }, large).truncated).toBe(true);
    expect(ask(name, { ednsBytes: 65_535 }, large)).toMatchObject({ truncated: false, answers });
    const byTcp = respond(questionFor(name, { ednsBytes: 0 }), { transport: 'tcp', resolver: here }, large)!;
    expect(readAnswer(byTcp)).toMatchObject({ truncated: false, answers });
    const small = questionFor(name, { ednsBytes: 512, subnet: '8.8.8.0/24' });
    const cut = respond(small, { transport: 'udp', resolver: here }, large)!;
    expect(readAnswer(cut)).toMatchObject({ truncated: true, subnet: { scopeBits: 0 } });
  });
});

describe('the table', () => {
  const table = JSON.parse(readFileSync(tableFile, 'utf8')) as ReturnType<typeof parseTable> & {
    samplePrefixes: Record<string, { operator: string; prefixes: string[] }[]>;
  };
  const [zone] = table.zones;
  const [record] = zone!.records;
  const withRecord = (change: object): string => JSON.stringify({ ...table, zones: [{ ...zone, records: [{ ...record, ...change }] }] });
  const route = (country: string, value = 'a.madeinworld.com', setIdentifier = country.toLowerCase().replace('*', 'rest')): object => ({
    setIdentifier,
    country,
    value,
  });

  test.each([
    ['no route for the rest', withRecord({ routing: [route('CN')] }), /no route for the rest of the world/],
    ['two routes for a country', withRecord({ routing: [route('CN'), route('CN', undefined, 'b'), route('*')] }), /two routes for CN/],
    ['a country of which nothing is known', withRecord({ routing: [route('DE'), route('*')] }), /DE, of which no samplePrefixes/],
    ['a front elsewhere', withRecord({ routing: [route('*', 'a.example.org')] }), /not in the zone/],
    ['a name elsewhere', withRecord({ name: 'a.example.org' }), /not in the zone/],
    ["the zone's own name", withRecord({ name: 'madeinworld.com' }), /madeinworld.com is there twice/],
    ['a front that is routed itself', withRecord({ routing: [route('*', record!.name)] }), /routed itself/],
    ['a field that nobody knows', withRecord({ ttl: 60 }), /zones\/0\/records\/0/],
    [
      'blocks that overlap',
      JSON.stringify({ ...table, samplePrefixes: { CN: [{ operator: 'x', prefixes: ['1.0.0.0/8', '1.2.0.0/16'] }] } }),
      /1.0.0.0\/8 and 1.2.0.0\/16 overlap/,
    ],
    [
      'a block with bits set beyond it',
      JSON.stringify({ ...table, samplePrefixes: { CN: [{ operator: 'x', prefixes: ['1.2.3.4/8'] }] } }),
      /1.2.3.4\/8/,
    ],
  ])('is refused with %s', (_what, text, message) => {
    expect(() => parseTable(text)).toThrow(message);
  });

  test('and the endpoints must fit it', () => {
    const read = parseTable(JSON.stringify(table));
    expect(() => buildZones(read, new Map([...endpoints].slice(1)))).toThrow(/device-api.world.madeinworld.com, of which no endpoint/);
    expect(() => buildZones(read, new Map([...endpoints, ['x.madeinworld.com', { address: '127.0.0.1', port: 1 }]]))).toThrow(
      /nothing in the table/,
    );
  });
});
