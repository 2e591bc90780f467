import type { Mutant } from '../mutant.ts';

const signature = 'services/sync/protocol/signature.ts';
const verify = 'services/sync/ingest/verify.ts';
const post = 'services/sync/worker/signed.ts';
const border = 'services/sync/border.pg.test.ts';
const protocol = 'services/sync/protocol/protocol.test.ts';

/** Signed requests and answers, and what counts as an acknowledgement. */
export const borderMutants: readonly Mutant[] = [
  {
    id: 'nonces-are-not-kept',
    guards: ['I16', 'hole 18'],
    bug: 'a signed request works twice',
    file: 'services/sync/ingest/apply.repository.ts',
    find: 'return result.rowCount === 1;',
    replacement: 'return true;',
    killedBy: { file: border, name: 'a replay is refused' },
  },
  {
    id: 'digest-is-not-covered',
    guards: ['I17'],
    bug: 'the signature of a request does not cover the digest of its body',
    file: signature,
    find: `'@query', 'content-digest', 'content-type', 'content-encoding'] as const`,
    replacement: `'@query', 'content-type', 'content-encoding'] as const`,
    killedBy: { file: protocol, name: 'covers target, digest, type and encoding' },
  },
  {
    id: 'answers-are-not-verified',
    guards: ['I18', 'hole 13'],
    bug: 'an answer needs a signature of the right form, from anybody',
    file: post,
    find: '!verifyResponse(components, signature, key)',
    replacement: 'false',
    killedBy: { file: border, name: 'a well-formed answer under the name of the peer, signed by a stranger' },
  },
  {
    id: 'answers-fit-any-request',
    guards: ['I18', 'hole 13'],
    bug: 'an answer is not bound to the digest of the request',
    file: 'services/sync/protocol/body.ts',
    find: 'answer.digest !== digest || ',
    replacement: '',
    killedBy: { file: protocol, name: 'answers every item, and only the body and count it was made for' },
  },
  {
    id: 'clock-is-not-shifted',
    guards: ['I19', 'hole 18'],
    bug: 'a sender whose clock is off does not learn the time',
    file: post,
    find: 'clockShiftMs = receiverTime - clock.now();',
    replacement: '',
    killedBy: { file: border, name: 'a clock five minutes off is told the time, and gets through' },
  },
  {
    id: 'signatures-live-for-ever',
    guards: ['hole 18'],
    bug: 'nobody looks when a request was signed',
    file: verify,
    find: 'if (!isInForce(signature, nowMs / 1000))',
    replacement: 'if (false)',
    killedBy: { file: border, name: 'a request that was signed too long ago' },
  },
];
