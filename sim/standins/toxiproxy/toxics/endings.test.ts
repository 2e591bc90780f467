import { describe, expect, it } from 'vitest';
import { EARLY_MS, textOf, useOneLink } from '../one-link.ts';

const link = useOneLink();

describe('slow_close', () => {
  it('passes data and holds back only the end', async () => {
    await link.add('slow_close', { delay: 100 });
    const client = await link.open();
    const startedMs = performance.now();
    client.socket.end('bye');
    await client.until(({ events }) => events.includes('end'));
    expect(textOf(client)).toBe('bye');
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(100 - EARLY_MS);
  });

  it('lets the end pass when it is removed', async () => {
    const toxic = await link.add('slow_close', { delay: 3_600_000 });
    const client = await link.open();
    client.socket.end('bye');
    await client.until(() => textOf(client) === 'bye');
    await toxic.remove();
    await client.until(({ events }) => events.includes('end'));
  });
});

describe('timeout', () => {
  it('0 is a black hole: data is lost, the connection stays, and removal closes it', async () => {
    const client = await link.openWarm();
    const toxic = await link.add('timeout', { timeout: 0 });
    client.socket.write('lost answer');
    const far = await link.far();
    await far.until(() => far.received().toString() === '!lost answer');
    expect(client.events).toEqual([]);
    await toxic.remove();
    await client.until(({ events }) => events.includes('end'));
    expect(textOf(client)).toBe('!');
    await far.until(({ events }) => events.includes('close'));
  });

  it('loses the request on upstream: the peer never sees it', async () => {
    const client = await link.openWarm();
    await link.add('timeout', { timeout: 150 }, 'upstream');
    const startedMs = performance.now();
    client.socket.write('lost request');
    await client.until(({ events }) => events.includes('end'));
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(150 - EARLY_MS);
    const far = await link.far();
    expect(far.received().toString()).toBe('!');
  });

  it('closes connections that say nothing', async () => {
    const client = await link.openWarm();
    await link.add('timeout', { timeout: 50 });
    await client.until(({ events }) => events.includes('end'));
  });
});

describe('reset_peer', () => {
  it.each(['upstream', 'downstream'] as const)('resets a connection that is already open once data comes, on %s', async (stream) => {
    const client = await link.openWarm();
    const far = await link.far();
    await link.add('reset_peer', { timeout: 0 }, stream);
    client.socket.write('x');
    await client.until(({ events }) => events.includes('close'));
    expect(client.events[0]).toBe('ECONNRESET');
    await far.until(({ events }) => events.includes('close'));
    expect(far.events[0]).toBe('ECONNRESET');
    expect(textOf(client)).toBe('!');
  });

  it('waits for its timeout', async () => {
    await link.add('reset_peer', { timeout: 100 }, 'upstream');
    const client = await link.open();
    const startedMs = performance.now();
    client.socket.write('x');
    await client.until(({ events }) => events.includes('ECONNRESET'));
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(100 - EARLY_MS);
  });

  it('lets the data go when it is removed in time', async () => {
    const toxic = await link.add('reset_peer', { timeout: 3_600_000 }, 'upstream');
    const client = await link.open();
    client.socket.write('saved');
    await toxic.remove();
    await client.until(() => textOf(client) === 'saved');
  });
});

describe('limit_data', () => {
  it('lets exactly so many bytes through and closes', async () => {
    await link.add('limit_data', { bytes: 7 });
    const client = await link.open();
    client.socket.write('0123456789');
    await client.until(({ events }) => events.includes('end'));
    expect(textOf(client)).toBe('0123456');
  });

  it('goes on counting when it is updated', async () => {
    const toxic = await link.add('limit_data', { bytes: 100 }, 'upstream');
    const client = await link.open();
    client.socket.write('01234');
    await client.until(() => textOf(client) === '01234');
    await toxic.update({ ...toxic.toJson(), attributes: { bytes: 8 } });
    client.socket.write('56789');
    await client.until(({ events }) => events.includes('close') || events.includes('end'));
    const far = await link.far();
    expect(far.received().toString()).toBe('01234567');
  });
});

describe('toxicity', () => {
  it('0 leaves every connection alone', async () => {
    await link.add('timeout', { timeout: 0 }, 'upstream', 0);
    const client = await link.openWarm();
    expect(textOf(client)).toBe('!');
  });

  it('is drawn for each connection', async () => {
    await link.add('limit_data', { bytes: 0 }, 'downstream', 0.5);
    const outcomes = new Set<string>();
    while (outcomes.size < 2) {
      const client = await link.open();
      client.socket.write('x');
      await client.until(({ events, chunks }) => chunks.length > 0 || events.includes('end'));
      outcomes.add(client.chunks.length > 0 ? 'passed' : 'cut');
    }
  });
});

describe('a chain', () => {
  it('acts in the order the toxics were added', async () => {
    await link.add('limit_data', { bytes: 40 });
    await link.add('latency', { latency: 30, jitter: 0 });
    await link.add('slicer', { average_size: 10, size_variation: 0, delay: 5000 });
    const client = await link.open();
    client.socket.write(Buffer.alloc(100, 'c'));
    await client.until(({ events }) => events.includes('end'));
    expect(client.received().length).toBe(40);
    expect(client.chunks.length).toBeGreaterThan(1);
  });
});
