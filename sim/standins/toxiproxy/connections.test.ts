import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Toxiproxy as Client, type Proxy, type ToxicType } from 'toxiproxy-node-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dial, echo, settled, startFarSide, writePieces, type FarSide, type Peer } from './far-side.ts';
import { startToxiproxy, type Toxiproxy } from './server.ts';

let toxiproxy: Toxiproxy;
let client: Client;
const farSides: FarSide[] = [];
const peers: Peer[] = [];

beforeEach(async () => {
  toxiproxy = await startToxiproxy();
  client = new Client(toxiproxy.url);
});
afterEach(async () => {
  for (const { socket } of peers.splice(0)) socket.destroy();
  await toxiproxy.close();
  for (const farSide of farSides.splice(0)) await farSide.close();
});

async function listenFar(serve?: (peer: Peer) => void): Promise<FarSide> {
  const farSide = await startFarSide(serve);
  farSides.push(farSide);
  return farSide;
}
const proxyTo = (upstream: string, name = 'world:postgres'): Promise<Proxy> =>
  client.createProxy({ name, listen: '127.0.0.1:0', upstream });
async function open(address: string): Promise<Peer> {
  const peer = await dial(address);
  peers.push(peer);
  return peer;
}
const text = (peer: Peer) => peer.received().toString();

describe('a connection without toxics', () => {
  it('carries bytes both ways unchanged, many connections at once', async () => {
    const far = await listenFar(echo);
    const proxy = await proxyTo(far.address);
    const transfers = Array.from({ length: 20 }, async () => {
      const peer = await open(proxy.listen);
      const data = randomBytes(1_000_000);
      peer.socket.end(data);
      await peer.until(({ events }) => events.includes('end'));
      expect(createHash('sha256').update(peer.received()).digest('hex')).toBe(createHash('sha256').update(data).digest('hex'));
    });
    await Promise.all(transfers);
  });

  it('passes a half-close on, either way', async () => {
    const far = await listenFar(({ socket }) => {
      socket.on('end', () => socket.end('late answer'));
    });
    const proxy = await proxyTo(far.address);
    const peer = await open(proxy.listen);
    peer.socket.end('request');
    await peer.until(({ events }) => events.includes('end'));
    expect(text(peer)).toBe('late answer');
    expect(far.accepted[0]?.received().toString()).toBe('request');

    const early = await listenFar(({ socket }) => socket.end('greeting'));
    const second = await open((await proxyTo(early.address, 'early')).listen);
    await second.until(({ events }) => events.includes('end'));
    second.socket.end('still heard');
    const server = early.accepted[0];
    await server?.until(({ events }) => events.includes('end'));
    expect(server?.received().toString()).toBe('still heard');
  });

  it('pushes back on a sender whose peer does not read', async () => {
    const far = await listenFar(({ socket }) => socket.pause());
    const peer = await open((await proxyTo(far.address)).listen);
    const data = randomBytes(64 * 1024 * 1024);
    writePieces(peer.socket, data);
    await settled(peer.socket);
    expect(peer.socket.writableLength).toBeGreaterThan(16 * 1024 * 1024);
    // Reading lets it go on where it was.
    far.accepted[0]?.socket.resume();
    await far.accepted[0]?.until((server) => server.bytes === data.length);
    expect(far.accepted[0]?.received().equals(data)).toBe(true);
  });

  it('closes the one side when the other is reset', async () => {
    const far = await listenFar(echo);
    const peer = await open((await proxyTo(far.address)).listen);
    peer.socket.write('x');
    await peer.until(() => text(peer) === 'x');
    peer.socket.resetAndDestroy();
    await far.accepted[0]?.until(({ events }) => events.includes('close'));

    const other = await open((await proxyTo(far.address, 'other')).listen);
    other.socket.write('y');
    await other.until(() => text(other) === 'y');
    far.accepted[1]?.socket.resetAndDestroy();
    await other.until(({ events }) => events.includes('end') || events.includes('close'));
  });

  it('is accepted and then closed without a byte when the upstream refuses', async () => {
    const far = await startFarSide();
    const proxy = await proxyTo(far.address);
    await far.close();
    const peer = await open(proxy.listen);
    peer.socket.write('anyone?');
    await peer.until(({ events }) => events.length > 0);
    expect(text(peer)).toBe('');
  });
});

describe('changes to a proxy with open connections', () => {
  it('disable closes them all and refuses new ones; enable listens on the same port', async () => {
    const far = await listenFar(echo);
    const proxy = await proxyTo(far.address);
    const peer = await open(proxy.listen);
    peer.socket.write('x');
    await peer.until(() => text(peer) === 'x');
    const disabled = await proxy.update({ enabled: false, listen: proxy.listen, upstream: proxy.upstream });
    expect(disabled.enabled).toBe(false);
    await peer.until(({ events }) => events.length > 0);
    await far.accepted[0]?.until(({ events }) => events.includes('close'));
    await expect(dial(proxy.listen)).rejects.toThrow('ECONNREFUSED');

    const enabled = await proxy.update({ enabled: true, listen: proxy.listen, upstream: proxy.upstream });
    expect(enabled.listen).toBe(proxy.listen);
    const again = await open(proxy.listen);
    again.socket.write('y');
    await again.until(() => text(again) === 'y');
  });

  it('another upstream closes them, and new ones go there', async () => {
    const [first, second] = [
      await listenFar(({ socket }) => socket.write('first')),
      await listenFar(({ socket }) => socket.write('second')),
    ];
    const proxy = await proxyTo(first.address);
    const peer = await open(proxy.listen);
    await peer.until(() => text(peer) === 'first');
    await proxy.update({ enabled: true, listen: proxy.listen, upstream: second.address });
    await peer.until(({ events }) => events.length > 0);
    const next = await open(proxy.listen);
    await next.until(() => text(next) === 'second');
  });

  it('removal of the proxy closes them', async () => {
    const far = await listenFar(({ socket }) => socket.write('hello'));
    const proxy = await proxyTo(far.address);
    const peer = await open(proxy.listen);
    await peer.until(() => text(peer) === 'hello');
    await proxy.remove();
    await peer.until(({ events }) => events.length > 0);
  });

  it('counts their bytes when they are gone', async () => {
    const far = await listenFar(echo);
    const proxy = await proxyTo(far.address);
    const peer = await open(proxy.listen);
    peer.socket.end('12345');
    await peer.until(({ events }) => events.includes('close'));
    const labels = `{direction="upstream",listener="${proxy.listen}",proxy="world:postgres",upstream="${far.address}"}`;
    await expect
      .poll(async () => await (await fetch(`${toxiproxy.url}/metrics`)).text())
      .toContain(`toxiproxy_proxy_sent_bytes_total${labels} 5`);
  });
});

describe('toxics that come and go', () => {
  interface Settings {
    readonly type: ToxicType;
    readonly attributes: Record<string, number>;
  }
  const step = fc.record({
    stream: fc.constantFrom('upstream', 'downstream'),
    toxic: fc.constantFrom<Settings[]>(
      { type: 'latency', attributes: { latency: 5, jitter: 3 } },
      { type: 'latency', attributes: { latency: 100_000, jitter: 0 } },
      { type: 'bandwidth', attributes: { rate: 20_000 } },
      { type: 'bandwidth', attributes: { rate: 0 } },
      { type: 'slicer', attributes: { average_size: 5000, size_variation: 1000, delay: 10 } },
      { type: 'slow_close', attributes: { delay: 100_000 } },
      { type: 'reset_peer', attributes: { timeout: 100_000 } },
    ),
    after: fc.constantFrom('keep', 'remove', 'remove first'),
  });

  it('never lose, double or reorder a byte', async () => {
    const far = await listenFar(echo);
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        runs += 1;
        const proxy = await proxyTo(far.address, `run-${runs}`);
        const peer = await open(proxy.listen);
        const data = randomBytes(600_000);
        peer.socket.end(data);
        const added: Awaited<ReturnType<Proxy['addToxic']>>[] = [];
        for (const [index, { toxic, stream, after }] of steps.entries()) {
          added.push(await proxy.addToxic({ ...toxic, stream, toxicity: 1, name: `toxic-${index}` }));
          if (after !== 'keep') await (after === 'remove' ? added.pop() : added.shift())?.remove();
        }
        for (const toxic of added) await toxic.remove();
        await peer.until(({ events }) => events.includes('end'));
        expect(peer.received().equals(data)).toBe(true);
        await proxy.remove();
      }),
      { numRuns: 60 },
    );
  });
});
