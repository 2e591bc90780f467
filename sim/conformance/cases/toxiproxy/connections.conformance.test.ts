import { createHash, randomBytes } from 'node:crypto';

import { expect } from 'vitest';

import { startFarSide } from '#standins/toxiproxy/far-side.ts';
import { toxiproxy } from '../../behaviours/toxiproxy.ts';
import { startToxiproxy } from '../../components/toxiproxy.ts';
import { conformance } from '../../frame/conformance.ts';
import { hasEnded, textOf, useLinks } from './link.ts';

const { target, shows, driver } = conformance(toxiproxy, startToxiproxy);
const links = useLinks(() => target().url);

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

shows('bytes', async () => {
  const link = await links.make();
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      const peer = await link.open();
      const data = randomBytes(1_000_000);
      peer.socket.write(data);
      await peer.until(({ bytes }) => bytes === data.length);
      expect(sha256(peer.received())).toBe(sha256(data));
    }),
  );
});

shows('half-close', async () => {
  const link = await links.make(({ socket }) => {
    socket.on('end', () => socket.end('late answer'));
  });
  const peer = await link.open();
  peer.socket.end('request');
  await peer.until(hasEnded);
  // The same request on both; what differs is whether the answer to a half-closed one still comes.
  await expect.poll(() => link.farSide.accepted[0]?.received().toString()).toBe('request');
  expect(textOf(peer)).toBe(driver === 'embedded' ? 'late answer' : '');
});

shows('dead-upstream', async () => {
  const farSide = await startFarSide();
  const proxy = await links.client.createProxy({ name: 'dead', listen: '127.0.0.1:0', upstream: farSide.address });
  await farSide.close();
  const peer = await links.dial(proxy.listen);
  await peer.until(hasEnded);
  expect(textOf(peer)).toBe('');
  await proxy.remove();
});

shows('disable', async () => {
  const link = await links.make();
  const { near, far } = await link.openWarm();
  const { listen, upstream } = link.proxy;
  expect((await link.proxy.update({ enabled: false, listen, upstream })).enabled).toBe(false);
  await Promise.all([near.until(hasEnded), far.until(hasEnded)]);
  await expect(links.dial(listen)).rejects.toThrow('ECONNREFUSED');
  expect((await link.proxy.update({ enabled: true, listen, upstream })).listen).toBe(listen);
  await link.openWarm();
});

shows('change-upstream', async () => {
  const link = await links.make();
  const { near } = await link.openWarm();
  const second = await links.listen(({ socket }) => socket.write('second'));
  await link.proxy.update({ enabled: true, listen: link.proxy.listen, upstream: second.address });
  await near.until(hasEnded);
  const next = await link.open();
  await next.until((peer) => textOf(peer) === 'second');
});

shows('remove', async () => {
  const link = await links.make();
  const { near, far } = await link.openWarm();
  await link.proxy.remove();
  await Promise.all([near.until(hasEnded), far.until(hasEnded)]);
  await expect(links.dial(link.proxy.listen)).rejects.toThrow('ECONNREFUSED');
});

shows('metrics', async () => {
  const link = await links.make();
  const peer = await link.open();
  peer.socket.end('12345');
  await peer.until(({ events }) => events.includes('close'));
  const { listen, name, upstream } = link.proxy;
  const labels = `{direction="upstream",listen="${listen}",proxy="${name}",upstream="${upstream}"}`.replace('listen=', 'listener=');
  await expect
    .poll(async () => await (await fetch(`${target().url}/metrics`)).text())
    .toContain(`toxiproxy_proxy_sent_bytes_total${labels} 5`);
});
