import { describe, expect, it } from 'vitest';
import { settled, turns, writePieces } from '../far-side.ts';
import { EARLY_MS, textOf, useOneLink } from '../one-link.ts';

const link = useOneLink();

describe.each(['upstream', 'downstream'] as const)('latency on %s', (stream) => {
  it('delays connections that are already open by at least the latency', async () => {
    const client = await link.openWarm();
    await link.add('latency', { latency: 80, jitter: 0 }, stream);
    const startedMs = performance.now();
    client.socket.write('a');
    await client.until(() => textOf(client) === '!a');
    expect(client.lastDataMs - startedMs).toBeGreaterThanOrEqual(80 - EARLY_MS);
  });

  it('keeps the order under jitter and loses nothing', async () => {
    await link.add('latency', { latency: 20, jitter: 20 }, stream);
    const client = await link.open();
    const sent = Array.from({ length: 50 }, (_, index) => `${index};`);
    for (const piece of sent) {
      client.socket.write(piece);
      await turns(2);
    }
    await client.until(() => textOf(client).length === sent.join('').length);
    expect(textOf(client)).toBe(sent.join(''));
  });
});

describe('latency', () => {
  it('has many chunks under way at once: five after 100 ms each are through before one after 400 ms', async () => {
    await link.add('latency', { latency: 100, jitter: 0 }, 'upstream');
    const slowProxy = await link.client.createProxy({ name: 'slow', listen: '127.0.0.1:0', upstream: link.farSide.address });
    await slowProxy.addToxic({ type: 'latency', name: 'slow', stream: 'upstream', toxicity: 1, attributes: { latency: 400, jitter: 0 } });
    const [client, slow] = [await link.open(), await link.open(slowProxy.listen)];
    slow.socket.write('slow');
    for (const piece of '01234') {
      client.socket.write(piece);
      await turns(20);
    }
    await slow.until(() => textOf(slow) === 'slow');
    expect(textOf(client)).toBe('01234');
  });

  it('delivers what it holds at once when it is removed', async () => {
    const toxic = await link.add('latency', { latency: 3_600_000, jitter: 0 });
    const client = await link.open();
    client.socket.write('held ');
    const far = await link.far();
    await far.until(() => far.received().length === 5);
    await toxic.remove();
    client.socket.write('free');
    await client.until(() => textOf(client) === 'held free');
  });

  it('judges what it holds by the new settings when it is updated', async () => {
    const toxic = await link.add('latency', { latency: 3_600_000, jitter: 0 });
    const client = await link.open();
    client.socket.write('x');
    await toxic.update({ ...toxic.toJson(), attributes: { latency: 10, jitter: 0 } });
    await client.until(() => textOf(client) === 'x');
  });

  it('adds up when there are two', async () => {
    await link.add('latency', { latency: 60, jitter: 0 }, 'upstream');
    await link.add('latency', { latency: 60, jitter: 0 }, 'downstream');
    await link.proxy.addToxic({
      type: 'latency',
      name: 'third',
      stream: 'downstream',
      toxicity: 1,
      attributes: { latency: 60, jitter: 0 },
    });
    const client = await link.open();
    const startedMs = performance.now();
    client.socket.write('x');
    await client.until(() => textOf(client) === 'x');
    expect(client.lastDataMs - startedMs).toBeGreaterThanOrEqual(180 - EARLY_MS);
  });
});

describe('bandwidth', () => {
  it('lets through rate KB a second', async () => {
    const client = await link.openWarm();
    await link.add('bandwidth', { rate: 2000 });
    const startedMs = performance.now();
    client.socket.write(Buffer.alloc(1_000_000, 'b'));
    await client.until(() => client.received().length === 1_000_001);
    expect(client.lastDataMs - startedMs).toBeGreaterThanOrEqual(500 - EARLY_MS);
    expect(client.chunks.length).toBeGreaterThanOrEqual(5);
  });

  it('holds everything at rate 0 and loses nothing when it is removed', async () => {
    const toxic = await link.add('bandwidth', { rate: 0 }, 'upstream');
    const client = await link.open();
    const data = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
    client.socket.write(data);
    const far = await link.far();
    expect(far.chunks).toHaveLength(0);
    await toxic.remove();
    await client.until(() => client.received().length === data.length);
    expect(far.received().equals(data)).toBe(true);
  });

  it('pushes back on a sender that is faster, instead of taking everything in', async () => {
    await link.add('bandwidth', { rate: 1 }, 'upstream');
    const client = await link.open();
    writePieces(client.socket, Buffer.alloc(64 * 1024 * 1024));
    await settled(client.socket);
    expect(client.socket.writableLength).toBeGreaterThan(16 * 1024 * 1024);
  });
});

describe('slicer', () => {
  it('cuts data into pieces around the average and keeps the bytes', async () => {
    await link.add('slicer', { average_size: 100, size_variation: 10, delay: 2000 });
    const client = await link.open();
    const data = Buffer.from(Array.from({ length: 2000 }, (_, index) => index % 251));
    const startedMs = performance.now();
    client.socket.write(data);
    await client.until(() => client.received().length === data.length);
    expect(client.received().equals(data)).toBe(true);
    expect(client.chunks.length).toBeGreaterThan(5);
    expect(client.lastDataMs - startedMs).toBeGreaterThanOrEqual(18);
  });

  it('survives sizes that mean nothing', async () => {
    await link.add('slicer', { average_size: 0, size_variation: 1000, delay: 0 });
    await link.proxy.addToxic({
      type: 'slicer',
      name: 'zero',
      stream: 'downstream',
      toxicity: 1,
      attributes: { average_size: 0, size_variation: 0, delay: 0 },
    });
    const client = await link.open();
    client.socket.write('0123456789');
    await client.until(() => textOf(client) === '0123456789');
  });
});
