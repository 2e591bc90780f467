import { component, differing, exact } from './behaviour.ts';

export const toxiproxy = component({
  name: 'toxiproxy',
  title: 'Toxiproxy',
  engines: {
    embedded: [{ own: 'sim/standins/toxiproxy' }],
    docker: [{ compose: 'toxiproxy', title: "Shopify's server" }],
  },
  behaviours: {
    version: exact('GET /version answers the release, 2.12.0, or git where the server was built without naming one.'),
    exchanges: exact('Some hundred questions, well-formed and not, get the same status and the same bytes as answer.'),
    'content-types': exact('Answers and errors carry the same content types, and each its request id.'),
    browsers: exact('A browser is refused on every route.'),
    crud: exact('A proxy is created, found, listed, changed and removed; port 0 is answered with the bound port.'),
    'toxic-crud': exact('A toxic is added, found, listed, changed and removed; its name is unique over both streams.'),
    populate: exact('POST /populate makes proxies, leaves equal ones with their toxics alone, and replaces changed ones.'),
    reset: exact('POST /reset enables every proxy and removes every toxic.'),
    metrics: differing('GET /metrics has the byte counters of each proxy and direction.', {
      embedded: { approximated: "always on, without the Go runtime's own metrics" },
      docker: {
        absent: 'compose.yaml starts the server without -proxy-metrics, as nothing of the twin reads them',
        notShown: 'the page answers, without those counters',
      },
    }),
    'loopback-only': differing('A proxy may listen on any address of the machine.', {
      embedded: { absent: 'only loopback listeners are made: nothing of a twin is to be seen from outside' },
    }),
    bytes: exact('Without toxics bytes pass both ways unchanged, on many connections at once.'),
    'half-close': differing('The first end of either side closes both.', {
      embedded: { approximated: 'a half-close is passed on, so what is under way the other way is not lost' },
    }),
    'dead-upstream': exact('The upstream is dialled after the client was accepted: a dead one is a connect, then a close without a byte.'),
    disable: exact('Disabling closes all connections and refuses new ones; enabling listens on the same port again.'),
    'change-upstream': exact('Another upstream closes what is open and leads new connections there.'),
    remove: exact('Removing a proxy closes its connections and its listener.'),
    'api-while-toxic': exact('The API answers at once while connections are held by toxics.'),

    latency: exact('A latency toxic delays each chunk by the latency, on either stream.'),
    'latency-jitter': exact('Jitter spreads the delays over latency plus and minus jitter, and keeps the order.'),
    'latency-handshake': exact('A latency toxic never delays the connect.'),
    'latency-overlaps': exact('A latency toxic keeps many chunks under way at once: it does not slow a stream down.'),
    bandwidth: exact('A bandwidth toxic lets rate KB of 1000 bytes through a second, on either stream.'),
    'slow-close': exact('A slow_close toxic passes data at once and holds the end back for its delay, on either stream.'),
    'timeout-0': exact(
      'A timeout toxic of 0 loses data and keeps the connection open, on either stream; its removal closes the connection.',
    ),
    timeout: exact('A timeout toxic loses data and closes the connection after the timeout, also one that says nothing, on either stream.'),
    'reset-peer': exact('A reset_peer toxic answers data with a TCP reset on both sides, after its timeout, on either stream.'),
    'reset-peer-open': differing('On a connection older than itself reset_peer closes without a reset.', {
      embedded: { approximated: 'it resets those too' },
    }),
    slicer: exact(
      'A slicer toxic halves data until its pieces are no larger than average_size plus size_variation, and sends them delay microseconds apart, on either stream.',
    ),
    'limit-data': exact('A limit_data toxic lets exactly so many bytes through and closes, on either stream.'),
    'limit-data-update': exact('A limit_data toxic goes on counting when it is updated.'),
    toxicity: exact('The toxicity is the share of connections that a toxic takes; 0 leaves all alone, 1 none.'),
    'open-connections': exact('A toxic acts on connections that are open already.'),
    update: exact('An update of a toxic acts on open connections.'),
    removal: exact('After its removal a toxic acts no more on open connections, and what it held is not lost.'),
    'removal-in-a-wait': exact('A latency toxic that is removed lets go at once what it holds.'),
    'removal-under-pressure': differing('A toxic is removed at once also while nobody reads what it lets through.', {
      docker: { approximated: 'the call, and with it the whole API, waits until somebody reads (mended in 2.13)' },
    }),
    chain: exact('Several toxics of a stream act in the order in which they were added, and their delays add up.'),
    'both-streams': exact('Toxics of the two streams act independently of each other.'),
  },
});
