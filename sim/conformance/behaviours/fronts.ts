import { component, differing, exact, type Behaviour, type Fidelity } from './behaviour.ts';

const both = <Same>(same: Same): { readonly embedded: Same; readonly docker: Same } => ({ embedded: same, docker: same });
const onBoth = (says: string, fidelity: Fidelity): Behaviour => differing(says, both(fidelity));

const shared = {
  routes: exact('A path of the public API leads to its service, path and query as they are; anything else is a 404 that no service sees.'),
  traversal: exact('No spelling of a path reaches the side that only the peer may call.'),
  'pass-on': exact('A write and its answer pass, with the headers that are meant to and without those that are not.'),
  identity: exact('What only a gateway may say of a client it says itself, whatever the client claims.'),
  'correlation-id': exact('A well-formed correlation id is kept, any other is replaced, and every answer carries it.'),
  'body-limit': exact('A body of 1 MiB passes, one byte more is a 413.'),
  timeout: exact('A service that takes too long is a 504.'),
  retry: exact('A read whose connection breaks is tried once more, a write never.'),
  tls: onBoth('Clients connect by TLS.', { absent: 'plain HTTP on the loopback interface' }),
} as const;

export const worldFront = component({
  name: 'world-front',
  title: 'Cloudflare Worker',
  engines: both([{ npm: 'miniflare', title: 'the Worker of services/edge in workerd' }]),
  behaviours: {
    ...shared,
    'rate-limit': onBoth('Requests of an address beyond the limit are a 429 with Retry-After.', {
      approximated: 'the real binding, counted in this one process; Cloudflare counts in each of its locations',
    }),
    cache: onBoth("Answers are cached at Cloudflare's edge.", {
      absent: 'the Worker caches nothing, and the twin has no network before it',
      notShown: 'there is nothing to ask',
    }),
    geolocation: onBoth('Requests carry the country that they come from.', {
      absent: 'every client is this machine',
      notShown: 'there is nothing to ask',
    }),
  },
});

export const chinaFront = component({
  name: 'china-front',
  title: 'Alibaba Cloud API Gateway',
  engines: both([{ own: 'sim/standins/china-front' }]),
  behaviours: {
    ...shared,
    'rate-limit': onBoth('Requests of an address beyond the limit are a 429 with Retry-After.', {
      approximated: "by our gateway's own counting, not by a policy of API Gateway",
    }),
    'app-signature': onBoth('Requests signed with an AppKey are checked by the gateway.', {
      absent: 'the public API needs no AppKey; tokens are checked by the services',
      notShown: 'what is missing is a refusal',
    }),
  },
});
