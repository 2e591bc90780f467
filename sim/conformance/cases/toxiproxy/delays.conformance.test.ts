import { performance } from 'node:perf_hooks';

import { expect } from 'vitest';

import { settled, writePieces, type Peer } from '#standins/toxiproxy/far-side.ts';
import { toxiproxy } from '../../behaviours/toxiproxy.ts';
import { startToxiproxy } from '../../components/toxiproxy.ts';
import { conformance } from '../../frame/conformance.ts';
import { expectAbout, hasEnded, streams, textOf, useLinks, type TestLink } from './link.ts';

const { target, shows, driver } = conformance(toxiproxy, startToxiproxy);
const links = useLinks(() => target().url);

/** How long a byte takes there and back on an open connection, in ms. */
async function pingMs(peer: Peer): Promise<number> {
  const bytes = peer.bytes + 1;
  const startMs = performance.now();
  peer.socket.write('.');
  await peer.until((now) => now.bytes === bytes);
  return peer.lastDataMs - startMs;
}

/** How long `bytes` take there and back, in ms. */
async function transferMs(peer: Peer, bytes: number): Promise<number> {
  const wanted = peer.bytes + bytes;
  const startMs = performance.now();
  peer.socket.write(Buffer.alloc(bytes, 'b'));
  await peer.until((now) => now.bytes === wanted);
  return peer.lastDataMs - startMs;
}

const warm = async (link: TestLink): Promise<Peer> => (await link.openWarm()).near;

for (const stream of streams) {
  shows('latency', stream, async () => {
    const link = await links.make();
    await link.add('latency', { latency: 300, jitter: 0 }, stream);
    const peer = await warm(link);
    await expectAbout(300, () => pingMs(peer));
  });

  shows('bandwidth', stream, async () => {
    const link = await links.make();
    await link.add('bandwidth', { rate: 500 }, stream);
    const peer = await warm(link);
    // The first chunk, a tenth of a second's worth, may pass before the rate is felt: so long that a rate of five percent more is seen.
    await expectAbout(2_900, () => transferMs(peer, 1_500_000), 400);
  });

  shows('slicer', stream, async () => {
    const link = await links.make();
    await link.add('slicer', { average_size: 100, size_variation: 20, delay: 10_000 }, stream);
    const { near, far } = await link.openWarm();
    const sliced = stream === 'upstream' ? far : near;
    await expectSlices(near, sliced);
  });
}

const SLICING_TRIES = 6;

/**
 * Sends 2000 bytes through a slicer of 100 +- 20 bytes and 10 ms, and looks at the pieces as `sliced` reads them. Pieces that lie there together are read
 * together, so a busy machine sees fewer and larger ones than were cut: the best of a few tries counts. None may be faster or smaller than cut.
 */
async function expectSlices(near: Peer, sliced: Peer): Promise<void> {
  const seen: string[] = [];
  const data = Buffer.from(Array.from({ length: 2_000 }, (_, index) => index % 251));
  for (let round = 0; round < SLICING_TRIES; round += 1) {
    const [chunksBefore, bytesBefore] = [sliced.chunks.length, near.bytes];
    const startMs = performance.now();
    near.socket.write(data);
    await near.until((peer) => peer.bytes === bytesBefore + data.length);
    expect(near.received().subarray(bytesBefore).equals(data)).toBe(true);
    expect(near.lastDataMs - startMs).toBeGreaterThanOrEqual(140);
    const sizes = sliced.chunks.slice(chunksBefore).map(({ length }) => length);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(30);
    const median = sizes.toSorted((a, b) => a - b)[Math.floor(sizes.length / 2)] ?? 0;
    if (sizes.length >= 12 && median <= 120 && near.lastDataMs - startMs <= 2_000) return;
    seen.push(`${sizes.length} pieces, half of them up to ${median} bytes, in ${near.lastDataMs - startMs} ms`);
  }
  expect.fail(`the slices were never seen as they are cut: ${seen.join('; ')}`);
}

shows('latency-jitter', async () => {
  const link = await links.make();
  await link.add('latency', { latency: 100, jitter: 80 });
  const peer = await warm(link);
  const delaysMs: number[] = [];
  for (let round = 0; round < 25; round += 1) delaysMs.push(await pingMs(peer));
  expect(Math.min(...delaysMs)).toBeGreaterThanOrEqual(17);
  // The chance that 25 even draws leave either half empty is one in sixteen million.
  expect(Math.min(...delaysMs)).toBeLessThan(100);
  expect(Math.max(...delaysMs)).toBeGreaterThan(100);
  expect(delaysMs.toSorted((a, b) => a - b)[12]).toBeLessThanOrEqual(180 + 100);
});

shows('latency-jitter', 'the order is kept', async () => {
  const link = await links.make();
  await link.add('latency', { latency: 20, jitter: 20 });
  const peer = await warm(link);
  const sent = Array.from({ length: 60 }, (_, index) => `${index};`);
  for (const piece of sent) {
    peer.socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await peer.until(({ bytes }) => bytes === 1 + sent.join('').length);
  expect(textOf(peer)).toBe(`!${sent.join('')}`);
});

shows('latency-handshake', async () => {
  const link = await links.make();
  await link.add('latency', { latency: 5_000, jitter: 0 }, 'upstream');
  await link.add('latency', { latency: 5_000, jitter: 0 }, 'downstream');
  await expectAbout(
    0,
    async () => {
      const startMs = performance.now();
      await link.open();
      return performance.now() - startMs;
    },
    1_000,
  );
});

shows('latency-overlaps', async () => {
  const link = await links.make();
  const peer = await warm(link);
  await link.add('latency', { latency: 500, jitter: 0 }, 'upstream');
  await expectAbout(500, async () => {
    const wanted = peer.bytes + 10;
    const startMs = performance.now();
    for (let piece = 0; piece < 10; piece += 1) {
      peer.socket.write('.');
      await new Promise((resolve) => setImmediate(resolve));
    }
    await peer.until(({ bytes }) => bytes === wanted);
    return peer.lastDataMs - startMs;
  });
});

shows('open-connections', async () => {
  const link = await links.make();
  const peer = await warm(link);
  await expectAbout(0, () => pingMs(peer));
  await link.add('latency', { latency: 300, jitter: 0 });
  await expectAbout(300, () => pingMs(peer));
});

shows('update', async () => {
  const link = await links.make();
  const toxic = await link.add('latency', { latency: 600, jitter: 0 });
  const peer = await warm(link);
  await expectAbout(600, () => pingMs(peer));
  await toxic.update({ ...toxic.toJson(), attributes: { latency: 150, jitter: 0 } });
  await expectAbout(150, () => pingMs(peer));
});

shows('removal', async () => {
  const link = await links.make();
  const toxic = await link.add('latency', { latency: 300, jitter: 0 });
  const peer = await warm(link);
  await expectAbout(300, () => pingMs(peer));
  peer.socket.write('held ');
  await toxic.remove();
  peer.socket.write('free');
  await peer.until((now) => textOf(now).endsWith('held free'));
  await expectAbout(0, () => pingMs(peer));
});

shows('removal-in-a-wait', async () => {
  const link = await links.make();
  const { near, far } = await link.openWarm();
  const toxic = await link.add('latency', { latency: 30_000, jitter: 0 });
  near.socket.write('held');
  await far.until((peer) => textOf(peer) === '!held');
  const startMs = performance.now();
  await toxic.remove();
  await near.until((peer) => textOf(peer) === '!held');
  expect(performance.now() - startMs).toBeLessThan(5_000);
});

shows('chain', async () => {
  const link = await links.make();
  await link.add('latency', { latency: 150, jitter: 0 });
  await link.add('latency', { latency: 150, jitter: 0 });
  const peer = await warm(link);
  await expectAbout(300, () => pingMs(peer));
});

shows('chain', 'in their order', async () => {
  const link = await links.make();
  await link.add('limit_data', { bytes: 40 });
  await link.add('slicer', { average_size: 10, size_variation: 0, delay: 10_000 });
  const peer = await link.open();
  peer.socket.write(Buffer.alloc(100, 'c'));
  await peer.until(hasEnded);
  expect(peer.bytes).toBe(40);
  expect(peer.chunks.length).toBeGreaterThan(1);
});

shows('both-streams', async () => {
  const link = await links.make();
  const up = await link.add('latency', { latency: 150, jitter: 0 }, 'upstream');
  await link.add('latency', { latency: 250, jitter: 0 }, 'downstream');
  const peer = await warm(link);
  await expectAbout(400, () => pingMs(peer));
  await up.remove();
  await expectAbout(250, () => pingMs(peer));
});

shows('api-while-toxic', async () => {
  const link = await links.make();
  const peer = await warm(link);
  await link.add('latency', { latency: 5_000, jitter: 0 });
  await link.add('timeout', { timeout: 0 }, 'upstream');
  peer.socket.write('held');
  await expectAbout(
    0,
    async () => {
      const startMs = performance.now();
      await links.client.getAll();
      await (await links.make()).proxy.remove();
      return performance.now() - startMs;
    },
    1_000,
  );
});

shows('removal-under-pressure', async () => {
  const link = await links.make(({ socket }) => socket.pause());
  const toxic = await link.add('bandwidth', { rate: 1_000_000 }, 'upstream');
  const near = await link.open();
  writePieces(near.socket, Buffer.alloc(64 * 1024 * 1024));
  await settled(near.socket);
  const removed = toxic.remove().then(() => 'removed');
  const patience = new Promise((resolve) => setTimeout(() => resolve('waits'), 3_000));
  expect(await Promise.race([removed, patience])).toBe(driver === 'embedded' ? 'removed' : 'waits');
  link.farSide.accepted[0]?.socket.resume();
  await removed;
});
