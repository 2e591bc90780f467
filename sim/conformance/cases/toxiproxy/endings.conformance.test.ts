import { performance } from 'node:perf_hooks';

import { expect } from 'vitest';

import type { Peer } from '#standins/toxiproxy/far-side.ts';
import { toxiproxy } from '../../behaviours/toxiproxy.ts';
import { startToxiproxy } from '../../components/toxiproxy.ts';
import { conformance } from '../../frame/conformance.ts';
import { expectAbout, hasEnded, streams, textOf, useLinks, type Stream } from './link.ts';

const { target, shows, driver } = conformance(toxiproxy, startToxiproxy);
const links = useLinks(() => target().url);

/** Both ends of a connection, as a stream sees them: who sends, and who hears of it. */
async function ends(link: Awaited<ReturnType<typeof links.make>>, stream: Stream): Promise<{ sender: Peer; receiver: Peer }> {
  const { near, far } = await link.openWarm();
  return stream === 'upstream' ? { sender: near, receiver: far } : { sender: far, receiver: near };
}

const stillOpen = (peer: Peer): void => expect(peer.events).toEqual([]);

for (const stream of streams) {
  shows('slow-close', stream, async () => {
    const link = await links.make();
    await link.add('slow_close', { delay: 400 }, stream);
    await expectAbout(400, async () => {
      const { sender, receiver } = await ends(link, stream);
      const startMs = performance.now();
      sender.socket.end('bye');
      await receiver.until((peer) => textOf(peer).endsWith('bye'));
      expect(receiver.lastDataMs - startMs).toBeLessThan(400);
      stillOpen(receiver);
      await receiver.until(hasEnded);
      return performance.now() - startMs;
    });
  });

  shows('timeout-0', stream, async () => {
    const link = await links.make();
    const { sender, receiver } = await ends(link, stream);
    const before = receiver.bytes;
    const toxic = await link.add('timeout', { timeout: 0 }, stream);
    sender.socket.write('lost');
    // Another connection's round trip, through the same proxy's other stream, passes meanwhile: nothing closes this one.
    await new Promise((resolve) => setTimeout(resolve, 500));
    stillOpen(receiver);
    stillOpen(sender);
    await toxic.remove();
    await receiver.until(hasEnded);
    expect(receiver.bytes).toBe(before);
  });

  shows('timeout', stream, async () => {
    const link = await links.make();
    await expectAbout(400, async () => {
      const { sender, receiver } = await ends(link, stream);
      const before = receiver.bytes;
      const startMs = performance.now();
      const toxic = await link.add('timeout', { timeout: 400 }, stream);
      sender.socket.write('lost');
      await receiver.until(hasEnded);
      const tookMs = performance.now() - startMs;
      expect(receiver.bytes).toBe(before);
      await toxic.remove();
      return tookMs;
    });
  });

  shows('timeout', `${stream}, a connection that says nothing`, async () => {
    const link = await links.make();
    const { receiver } = await ends(link, stream);
    await link.add('timeout', { timeout: 100 }, stream);
    await receiver.until(hasEnded);
  });

  shows('reset-peer', stream, async () => {
    const link = await links.make(({ socket }) => {
      socket.on('data', (data) => socket.write(data));
      // The far side speaks first, so that data of either stream comes to a toxic that was there before the connection.
      if (stream === 'downstream') socket.write('hello');
    });
    await link.add('reset_peer', { timeout: 300 }, stream);
    await expectAbout(300, async () => {
      const before = link.farSide.accepted.length;
      const startMs = performance.now();
      const near = await link.open();
      if (stream === 'upstream') near.socket.write('x');
      await near.until(hasEnded);
      const tookMs = performance.now() - startMs;
      const far = link.farSide.accepted[before];
      await far?.until(hasEnded);
      expect([near.events[0], far?.events[0]]).toEqual(['ECONNRESET', 'ECONNRESET']);
      expect(near.bytes).toBe(0);
      return tookMs;
    });
  });

  shows('reset-peer-open', stream, async () => {
    const link = await links.make();
    const { sender, receiver } = await ends(link, stream);
    await link.add('reset_peer', { timeout: 0 }, stream);
    sender.socket.write('x');
    await receiver.until(hasEnded);
    expect(textOf(receiver)).toBe('!');
    expect(receiver.events[0]).toBe(driver === 'embedded' ? 'ECONNRESET' : 'end');
  });

  shows('limit-data', stream, async () => {
    // Only `!` comes back: a socket that is closed with bytes unread is reset, and a reset takes what its peer has not read either.
    const link = await links.make(({ socket }) => socket.once('data', (data) => socket.write(data)));
    await link.add('limit_data', { bytes: 100_001 }, stream);
    const { sender, receiver } = await ends(link, stream);
    sender.socket.write(Buffer.alloc(300_000, 'x'));
    await receiver.until(hasEnded);
    expect(receiver.bytes).toBe(100_001);
  });
}

shows('limit-data-update', async () => {
  const link = await links.make();
  const toxic = await link.add('limit_data', { bytes: 100 });
  const { near, far } = await link.openWarm();
  near.socket.write('01234');
  await near.until((peer) => textOf(peer) === '!01234');
  await toxic.update({ ...toxic.toJson(), attributes: { bytes: 9 } });
  near.socket.write('56789');
  await near.until(hasEnded);
  expect(textOf(near)).toBe('!01234567');
  await far.until(hasEnded);
});

shows('toxicity', '0 and 1', async () => {
  const link = await links.make();
  const toxic = await link.add('limit_data', { bytes: 0 }, 'downstream', 0);
  for (let round = 0; round < 20; round += 1) await link.openWarm();
  await toxic.update({ ...toxic.toJson(), toxicity: 1 });
  for (let round = 0; round < 20; round += 1) {
    const peer = await link.open();
    peer.socket.write('x');
    await peer.until(hasEnded);
    expect(peer.bytes).toBe(0);
  }
});

shows('toxicity', 'a share', async () => {
  const link = await links.make();
  await link.add('limit_data', { bytes: 0 }, 'downstream', 0.3);
  const connections = 200;
  let taken = 0;
  for (let round = 0; round < connections; round += 1) {
    const peer = await link.open();
    peer.socket.write('x');
    await peer.until((now) => now.bytes > 0 || hasEnded(now));
    if (peer.bytes === 0) taken += 1;
    peer.socket.destroy();
  }
  // Six standard deviations (6.5 each) round 60: once in a hundred million runs.
  expect(taken).toBeGreaterThan(20);
  expect(taken).toBeLessThan(100);
});
