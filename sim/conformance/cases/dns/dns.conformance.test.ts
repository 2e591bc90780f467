import { createSocket } from 'node:dgram';
import { promises as nodeDns } from 'node:dns';
import { once } from 'node:events';

import { encode } from 'dns-packet';
import { expect } from 'vitest';

import { askTcp, askUdp, questionFor, readAnswer, type QuestionOptions, type Reading } from '#standins/dns/testing/ask.ts';
import { dns } from '../../behaviours/dns.ts';
import { startDns } from '../../components/dns.ts';
import { conformance } from '../../frame/conformance.ts';

const { target, shows, refuses } = conformance(dns, startDns);

const deviceApi = 'device-api.madeinworld.com';
const chinese = 'device-api.china.madeinworld.com';
const worldly = 'device-api.world.madeinworld.com';
const rcode = { NOERROR: 0, FORMERR: 1, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, BADVERS: 16 };
const soa = expect.stringMatching(/^madeinworld\.com SOA /) as unknown as string;

const ask = async (name: string, options: QuestionOptions = {}): Promise<Reading> => send(questionFor(name, options));
const send = async (message: Buffer): Promise<Reading> => readAnswer(await askUdp(target().port, message));

/** The resolver that Node has built in (c-ares): it shares no code with the server. */
function resolver(): nodeDns.Resolver {
  const own = new nodeDns.Resolver({ timeout: 10_000, tries: 1 });
  own.setServers([`127.0.0.1:${target().port}`]);
  return own;
}

const frontOf = async (subnet: string): Promise<string | undefined> => (await ask(deviceApi, { subnet })).answers[0]?.split(' ').at(-1);

shows('by-subnet', async () => {
  for (const subnet of ['114.114.114.0/24', '223.5.5.5/32', '61.128.0.0/16', '240e:1::/32', '2400:3200::/48']) {
    expect(await frontOf(subnet), subnet).toBe(chinese);
  }
  for (const subnet of ['8.8.8.0/24', '1.1.1.0/24', '203.0.113.0/24', '2001:4860::/32', '2001:db8::/32']) {
    expect(await frontOf(subnet), subnet).toBe(worldly);
  }
});

shows('by-resolver', async () => {
  expect(await resolver().resolveCname(deviceApi)).toEqual([worldly]);
});

shows('table', async () => {
  const asking: Readonly<Record<string, string>> = { CN: '114.114.114.0/24', '*': '8.8.8.0/24' };
  const records = target().table.zones.flatMap((zone) => zone.records);
  expect(records.map((record) => record.name)).toContain(deviceApi);
  for (const { name, ttlSeconds, routing } of records) {
    for (const { country, value } of routing) {
      const { packet } = await ask(name, { subnet: asking[country]! });
      expect(packet.answers?.[0], `${name} for ${country}`).toMatchObject({ type: 'CNAME', data: value, ttl: ttlSeconds });
    }
  }
});

shows('scope', async () => {
  expect((await ask(deviceApi, { subnet: '114.114.114.0/24' })).subnet).toEqual({ family: 1, sourceBits: 24, scopeBits: 24 });
  expect((await ask(deviceApi, { subnet: '240e:1:2::/56' })).subnet).toEqual({ family: 2, sourceBits: 56, scopeBits: 20 });
  // Both ends of the network that the answer says it holds for.
  const { subnet } = await ask(deviceApi, { subnet: '8.8.8.0/24' });
  expect(subnet?.scopeBits).toBe(6);
  expect(await frontOf('8.0.0.0/24')).toBe(worldly);
  expect(await frontOf('11.255.255.0/24')).toBe(worldly);
  expect((await ask(chinese, { subnet: '8.8.8.0/24' })).subnet?.scopeBits).toBe(0);
});

shows('hidden-client', async () => {
  for (const subnet of ['0.0.0.0/0', '::/0']) {
    expect(await ask(deviceApi, { subnet })).toMatchObject({
      subnet: { sourceBits: 0, scopeBits: 0 },
      answers: [`${deviceApi} CNAME ${worldly}`, `${worldly} A 127.0.0.1`],
    });
  }
});

shows('malformed-subnet', async () => {
  const good = questionFor(deviceApi, { subnet: '114.114.114.0/23' });
  // The last octets are: source 23, scope 0, 114, 114, 114.
  const changed = (fromEnd: number, octet: number): Buffer => Buffer.from(good.with(good.length - fromEnd, octet));
  expect((await send(good)).rcode).toBe(rcode.NOERROR);
  expect((await send(changed(4, 24))).rcode).toBe(rcode.FORMERR);
  expect((await send(changed(1, 115))).rcode).toBe(rcode.FORMERR);
  expect((await send(changed(5, 16))).rcode).toBe(rcode.FORMERR);
});

shows('front-names', async () => {
  for (const subnet of ['114.114.114.0/24', '8.8.8.0/24']) {
    expect((await ask(chinese, { subnet })).answers).toEqual([`${chinese} A 127.0.0.1`]);
  }
});

shows('ports', async () => {
  const port = target().portOf.get(chinese);
  expect((await ask(deviceApi, { type: 'TXT', subnet: '114.114.114.0/24' })).answers).toEqual([
    `${deviceApi} CNAME ${chinese}`,
    `${chinese} TXT region=china url=http://127.0.0.1:${port}`,
  ]);
  expect(await resolver().resolveSrv(`_https._tcp.${deviceApi}`)).toMatchObject([{ name: worldly, port: target().portOf.get(worldly) }]);
});

shows('addresses', async () => {
  expect(await resolver().resolve4(deviceApi)).toEqual(['127.0.0.1']);
});

shows('no-such-name', async () => {
  await expect(resolver().resolve4('shop.madeinworld.com')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  const { packet, ...answer } = await ask('shop.madeinworld.com');
  expect(answer).toMatchObject({ rcode: rcode.NXDOMAIN, authoritative: true, answers: [], authorities: [soa] });
  expect(packet.authorities?.[0]).toMatchObject({ ttl: 900 });
});

shows('no-such-type', async () => {
  await expect(resolver().resolve6(worldly)).rejects.toMatchObject({ code: 'ENODATA' });
  expect(await ask(worldly, { type: 'AAAA' })).toMatchObject({ rcode: rcode.NOERROR, answers: [], authorities: [soa] });
  // A name that only has names below it is there too.
  expect(await ask('china.madeinworld.com')).toMatchObject({ rcode: rcode.NOERROR, answers: [], authorities: [soa] });
});

shows('foreign-zone', async () => {
  const { packet, ...answer } = await ask('example.org');
  expect(answer).toMatchObject({ rcode: rcode.REFUSED, authoritative: false, answers: [], authorities: [] });
  expect(packet.flag_ra).toBe(false);
});

shows('transfer', async () => {
  const [reply] = await askTcp(target().port, [questionFor('madeinworld.com', { type: 'AXFR' })]);
  expect(readAnswer(reply!)).toMatchObject({ rcode: rcode.REFUSED, answers: [] });
});

shows('letter-case', async () => {
  const reply = await askUdp(target().port, questionFor('DEVICE-api.MadeInWorld.com'));
  expect(readAnswer(reply).answers).toContain(`${worldly} A 127.0.0.1`);
  expect(reply.toString('latin1')).toContain('DEVICE-api');
});

shows('truncation', async () => {
  const { longName, port } = target();
  expect(await ask(longName, { ednsBytes: 0 })).toMatchObject({ rcode: rcode.NOERROR, truncated: true, answers: [] });
  const [whole] = await askTcp(port, [questionFor(longName, { ednsBytes: 0 })]);
  expect(readAnswer(whole!)).toMatchObject({ truncated: false, answers: { length: 2 } });
  // A resolver comes back by TCP by itself.
  expect(await resolver().resolve4(longName)).toEqual(['127.0.0.1']);
});

shows('edns-size', async () => {
  const { longName, port } = target();
  expect((await askUdp(port, questionFor(longName, { ednsBytes: 1232 }))).length).toBeGreaterThan(512);
  for (const ednsBytes of [0, 1, 512]) {
    const reply = await askUdp(port, questionFor(longName, { ednsBytes }));
    expect(reply.length).toBeLessThanOrEqual(512);
    expect(readAnswer(reply).truncated).toBe(true);
  }
});

shows('edns-version', async () => {
  const later = questionFor(deviceApi);
  later[later.length - 5] = 1;
  expect(await send(later)).toMatchObject({ rcode: rcode.BADVERS, answers: [] });
});

shows('tcp', async () => {
  const ids = [3, 1, 2];
  const replies = await askTcp(
    target().port,
    ids.map((id) => questionFor(deviceApi, { id })),
    5,
  );
  expect(replies.map((reply) => reply.readUInt16BE(0))).toEqual(ids);
});

shows('opcode', async () => {
  for (const opcode of [1, 2, 4, 5]) {
    const message = questionFor(deviceApi);
    message.writeUInt16BE(opcode << 11, 2);
    expect((await send(message)).rcode, `opcode ${opcode}`).toBe(rcode.NOTIMP);
  }
});

shows('rubbish', async () => {
  const { port } = target();
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const replies: Buffer[] = [];
  socket.on('message', (reply) => replies.push(reply));
  const good = questionFor(deviceApi, { subnet: '8.8.8.0/24' });
  // Every prefix of a query, as many questions as a header can claim, and answers, which must not be answered.
  for (let length = 0; length < good.length; length += 1) {
    const part = Buffer.from(good.subarray(0, length));
    if (length >= 2) part.writeUInt16BE(1000 + length);
    socket.send(part, port, '127.0.0.1');
  }
  socket.send(Buffer.from(good.with(4, 0xff)), port, '127.0.0.1');
  socket.send(encode({ type: 'response', id: 5, questions: [{ name: deviceApi, type: 'A' }] }), port, '127.0.0.1');
  socket.send(questionFor(deviceApi, { id: 99 }), port, '127.0.0.1');
  await expect.poll(() => replies.some((reply) => reply.readUInt16BE(0) === 99), { timeout: 10_000 }).toBe(true);
  socket.close();
  const others = replies.filter((reply) => reply.readUInt16BE(0) !== 99);
  expect(others.map((reply) => reply.readUInt16BE(0))).not.toContain(5);
  for (const reply of others) {
    expect(readAnswer(reply)).toMatchObject({ rcode: rcode.FORMERR, answers: [] });
    const id = reply.readUInt16BE(0);
    expect(reply.length).toBeLessThanOrEqual(id > 1000 && id < 2000 ? id - 1000 : good.length);
  }
});

refuses('dnssec', async () => {
  const signed = questionFor(deviceApi);
  signed[signed.length - 4] = 0x80;
  const { packet, answers } = await send(signed);
  expect(answers).toEqual([`${deviceApi} CNAME ${worldly}`, `${worldly} A 127.0.0.1`]);
  expect(packet.flag_ad).toBe(false);
  expect(await ask('madeinworld.com', { type: 'DNSKEY' })).toMatchObject({ rcode: rcode.NOERROR, answers: [], authorities: [soa] });
});
