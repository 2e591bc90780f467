import type { Mutant } from '../mutant.ts';

const signature = 'services/sync/protocol/signature.ts';
const verify = 'services/sync/ingest/verify.ts';
const signed = 'services/sync/worker/signed.ts';
const border = 'services/sync/border.pg.test.ts';
const keys = 'services/sync/keys.pg.test.ts';
const protocol = 'services/sync/protocol/protocol.test.ts';

/** Signed requests and answers, and what counts as an acknowledgement. */
export const borderMutants: readonly Mutant[] = [
  {
    id: 'nonces-are-not-kept',
    guards: ['I16', 'hole 18'],
    bug: 'a signed request works twice',
    file: 'services/sync/ingest/apply.repository.ts',
    find: 'isFresh: rows.length === 1',
    replacement: 'isFresh: true',
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
    file: 'services/sync/worker/check-answer.ts',
    find: '!verifyResponse(components, signature, key)',
    replacement: 'false',
    killedBy: { file: keys, name: 'a well-formed answer under the name of the peer, signed by a stranger' },
  },
  {
    id: 'answers-fit-any-request',
    guards: ['I18', 'hole 13'],
    bug: 'an answer is not bound to the digest of the request',
    file: 'services/sync/protocol/answer.ts',
    find: 'answer.digest !== digest || ',
    replacement: '',
    killedBy: { file: protocol, name: 'answers every item, and only the body and count it was made for' },
  },
  {
    id: 'clock-is-not-shifted',
    guards: ['I19', 'hole 18'],
    bug: 'a sender whose clock is off does not learn the time',
    file: signed,
    find: 'clockShiftMs = shiftMs;',
    replacement: '',
    killedBy: { file: border, name: 'a clock five minutes off is told the time, and gets through' },
  },
  {
    id: 'answers-to-other-requests',
    guards: ['I18', 'hole 13'],
    bug: 'the signature of an answer does not cover which request it answers',
    file: signature,
    find: `const responseComponents = ['@status', 'content-digest', 'content-type', 'content-digest;req'] as const;`,
    replacement: `const responseComponents = ['@status', 'content-digest', 'content-type'] as const;`,
    killedBy: { file: protocol, name: 'of an answer does not pass for one of a request, nor for another request' },
  },
  {
    id: 'signatures-live-for-ever',
    guards: ['I85', 'hole 18'],
    bug: 'nobody looks when a request was signed',
    file: verify,
    find: 'if (!isInForce(signature, arrivedAtMs / 1000))',
    replacement: 'if (false)',
    killedBy: { file: keys, name: 'a request that was signed too long ago' },
  },
  {
    id: 'signatures-of-any-lifetime',
    guards: ['I85', 'hole 18'],
    bug: 'the sender chooses how long its signature is in force, and its nonce is forgotten before',
    file: signature,
    find: 'lifetime <= MAX_LIFETIME_SECONDS && ',
    replacement: '',
    killedBy: { file: keys, name: 'a request that would be in force for more than a minute' },
  },
  {
    id: 'paths-are-not-covered',
    guards: ['I17', 'I85'],
    bug: 'a signature for one path works on another',
    file: verify,
    find: `'@path': path,`,
    replacement: `'@path': '/sync/v1/other',`,
    killedBy: { file: keys, name: 'a request that was signed for another path' },
  },
  {
    id: 'digests-are-not-compared',
    guards: ['I85'],
    bug: 'the body need not be the one that was signed',
    file: verify,
    find: 'if (digest === undefined || !digestMatches(digest, body))',
    replacement: 'if (digest === undefined)',
    killedBy: { file: keys, name: 'a request with another body than its digest says' },
  },
  {
    id: 'any-time-is-believed',
    guards: ['I86'],
    bug: 'a stranger at the border makes the sender sign for tomorrow',
    file: signed,
    find: ' || Math.abs(shiftMs) > MOST_SHIFT_MS',
    replacement: '',
    killedBy: { file: keys, name: 'is signed by no time that a stranger at the border tells, beyond ten minutes' },
  },
  {
    id: 'keys-are-read-once',
    guards: ['I84'],
    bug: 'an unknown key does not make the receiver look for new ones',
    file: 'services/sync/keys.ts',
    find: 'secrets.invalidate(PEER_KEYS);',
    replacement: '',
    killedBy: { file: keys, name: 'rotate with overlap' },
  },
  {
    id: 'keys-without-overlap',
    guards: ['I84'],
    bug: 'of the keys of the peer only the newest is looked at',
    file: 'services/sync/keys.ts',
    find: 'keys.find((key) => key.keyId === keyId)',
    replacement: '[keys[keys.length - 1]].find((key) => key.keyId === keyId)',
    killedBy: { file: keys, name: 'rotate with overlap' },
  },
];
