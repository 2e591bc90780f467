import { component, differing, exact, type Behaviour, type Fidelity } from './behaviour.ts';

const program = [{ own: 'sim/standins/dns' }];
/** The same program on both drivers, so what it lacks it lacks on both. */
const onBoth = (says: string, fidelity: Fidelity): Behaviour => differing(says, { embedded: fidelity, docker: fidelity });

export const dns = component({
  name: 'dns',
  title: 'Geolocation DNS',
  engines: { embedded: program, docker: program },
  behaviours: {
    'by-subnet': onBoth("A client subnet in mainland China is led to China's front, every other to the world's, by IPv4 and by IPv6.", {
      approximated: 'which addresses are Chinese is known from a sample of large operators, not from a GeoIP database',
    }),
    'by-resolver': onBoth('Without a client subnet the address of the resolver decides.', {
      approximated: 'every resolver is this machine, and counts as the default region',
    }),
    table: exact('Each routed name of infra/dns/geo-routing.json answers each country the front and the TTL that the table says.'),
    scope: exact('The scope of an answer is a network all of which gets the same answer, and 0 where everybody gets it.'),
    'hidden-client': exact('A client subnet of length 0 is answered as if there were none, with scope 0.'),
    'malformed-subnet': exact('A client subnet with a scope, with bits beyond its length or of the wrong size is FORMERR.'),
    'front-names': exact("A front's own name leads to that front, whoever asks."),
    ports: onBoth('TXT and SRV records say which front it is and on which port it listens.', {
      approximated: 'production has no such records, for its fronts listen on 443',
    }),
    addresses: onBoth('The alias is followed to an address.', { approximated: 'every address is 127.0.0.1' }),
    'no-such-name': exact('A name that is not there is NXDOMAIN, with the SOA that says for how long.'),
    'no-such-type': exact('A name that has no record of the type is NOERROR without an answer, with the SOA.'),
    'foreign-zone': exact('A name in a zone of others is REFUSED, for the server does not recurse.'),
    transfer: exact('A transfer of the zone is REFUSED.'),
    'letter-case': exact('Upper and lower case make no difference, and the question comes back as it was.'),
    truncation: exact('What does not fit into a datagram comes with TC and without records, and whole over TCP.'),
    'edns-size': exact('A datagram is as large as the client takes, and 512 octets where it does not say.'),
    'edns-version': exact('A version of EDNS after 0 is BADVERS.'),
    tcp: exact('Several questions on a connection are answered.'),
    opcode: exact('An opcode other than QUERY is NOTIMP.'),
    rubbish: exact('What is no query is FORMERR or nothing, is never answered with more than came, and harms nobody after it.'),
    dnssec: onBoth('Answers are signed.', { absent: 'the twin keeps no keys' }),
    'health-checks': onBoth('A front that fails its health check is taken out of the answers.', {
      absent: 'the table has no health checks',
      notShown: 'what is missing is a change of the answers',
    }),
  },
});
