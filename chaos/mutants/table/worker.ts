import type { Mutant } from '../mutant.ts';

const flow = 'services/sync/worker/flow/flow.test.ts';
const worker = 'services/sync/worker.pg.test.ts';

/** How the worker fits itself to the border, and to what drives it. */
export const workerMutants: readonly Mutant[] = [
  {
    id: 'an-outage-is-received-through',
    guards: ['hole 10'],
    bug: 'while the border is down the queue is received from, over and over',
    file: 'services/sync/worker/loop.ts',
    find: 'await untilPeerAnswers(deps, lastFailure, before, signal);',
    replacement: 'await clock.wait(before, signal);',
    killedBy: { file: 'services/sync/worker/loop.test.ts', name: 'while the border is down nothing is received' },
  },
  {
    id: 'often-received-is-poison',
    guards: ['hole 10', 'I20'],
    bug: 'a message that was received too often is dropped',
    file: 'services/sync/worker/handle.ts',
    find: 'isAnswered(content, answered) || givenUp.has(id)',
    replacement: 'isAnswered(content, answered) || givenUp.has(id) || received.some((one) => one.id === id && one.receiveCount > 12)',
    killedBy: { file: worker, name: 'a message that an outage received a hundred times is kept' },
  },
  {
    id: 'window-never-shrinks',
    guards: ['I90'],
    bug: 'requests that fail leave the window as it is',
    file: 'services/sync/worker/flow/window.ts',
    find: "before * (why === 'reset' ? DECREASE : 0.5)",
    replacement: 'before',
    killedBy: { file: flow, name: 'requests that fell together shrink it once' },
  },
  {
    id: 'bodies-never-shrink',
    guards: ['I91'],
    bug: 'what is cut off again and again is sent again as large',
    file: 'services/sync/worker/flow/body-size.ts',
    find: 'within(limits, size.targetBytes / 2)',
    replacement: 'within(limits, size.targetBytes)',
    killedBy: {
      file: flow,
      name: 'shrink to their least on a border that lets nothing through, and expand to no more than the receiver takes',
    },
  },
  {
    id: 'unfinished-is-forgotten',
    guards: ['I92'],
    bug: 'a message that comes again is sent whole again',
    file: 'services/sync/worker/handle.ts',
    find: 'unfinished.keep(id, unanswered(content, answered))',
    replacement: 'unfinished.keep(id, content)',
    killedBy: { file: worker, name: 'MNS: a batch that is not done comes again whole, and what was answered is not sent twice' },
  },
  {
    id: 'major-is-judged-late',
    guards: ['I93'],
    bug: 'a batch of another major version is called malformed',
    file: 'services/sync/protocol/body.ts',
    find: 'checkVersion.Check(header) && !isSpoken(header.protocol)',
    replacement: 'false',
    killedBy: {
      file: worker,
      name: 'a batch of another major version is refused with the versions that are spoken; of another minor it is taken',
    },
  },
  {
    id: 'probe-knows-no-versions',
    guards: ['I94'],
    bug: 'a peer that speaks no version of ours passes for one that can be sent to',
    file: 'services/sync/worker/signed.ts',
    find: '!spoken.some(isSpoken)',
    replacement: 'false',
    killedBy: {
      file: worker,
      name: 'a peer of a later major version stalls the direction with that reason; when it speaks ours again, all crosses',
    },
  },
  {
    id: 'one-trace-a-body',
    guards: ['I95'],
    bug: 'of the traces that led to a body one goes with it',
    file: 'services/sync/worker/coalesce.ts',
    find: 'found.flatMap((message)',
    replacement: 'found.slice(0, 1).flatMap((message)',
    killedBy: { file: worker, name: 'every trace that led to a batch goes with it' },
  },
  {
    id: 'half-a-row-is-sent',
    guards: ['I96'],
    bug: 'an outbox row of which one message failed is deleted',
    file: 'services/platform/pack.ts',
    find: 'sent.delete(row)',
    replacement: 'sent.has(row)',
    killedBy: {
      file: 'services/platform/pack.test.ts',
      name: 'a row that no message holds whole goes in several, and is sent when all of them are',
    },
  },
  {
    id: 'trigger-answers-all-done',
    guards: ['I97'],
    bug: 'a queue trigger has messages deleted that are not answered',
    file: 'services/sync/worker/trigger.ts',
    find: '[...handled.kept, ...handled.pauses.keys()]',
    replacement: '[]',
    killedBy: { file: worker, name: 'SQS: names the messages that have to come again, and no others' },
  },
  {
    id: 'memory-has-no-bound',
    guards: ['I98'],
    bug: 'rows are read on however many are under way',
    file: 'services/sync/worker/flow/gate.ts',
    find: 'held === 0 || held + bytes <= limits.maxHeldBytes',
    replacement: 'bytes >= 0',
    killedBy: { file: flow, name: 'memory: holds what is allowed, and alone what is larger than that' },
  },
];
