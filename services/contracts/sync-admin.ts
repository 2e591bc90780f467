import { Type, type Static, type TSchema } from 'typebox';

import { Region } from './regions.ts';
import { textOfUpTo } from './values.ts';

/** What the operators' API of sync (`/v1/sync/`) takes and answers. Versions and ids are int8: text. Times are ISO 8601, to the microsecond. */

const Nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const Count = Type.Integer({ minimum: 0 });
const Instant = Type.String();
const Id = Type.String({ pattern: '^[0-9]{1,18}$' });
const Key = textOfUpTo(200);
const Entity = Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}\\.[a-z][a-z0-9_]{0,62}$' });
const Limit = Type.Integer({ minimum: 1, maximum: 200, default: 50 });
const Cursor = Type.String({ minLength: 1, maxLength: 1_000 });

/** A page of a list, and where the next one begins. */
export type PageOf<Schema extends TSchema> = ReturnType<typeof pageOf<Schema>>;
const pageOf = <Schema extends TSchema>(items: Schema) =>
  Type.Object({ items: Type.Array(items), pageInfo: Type.Object({ hasNextPage: Type.Boolean(), nextCursor: Nullable(Type.String()) }) });

/** Why something is done: it stands in the audit, so it names no person's data. */
const Reason = Type.String({ description: 'words, without the character NUL', maxLength: 500, pattern: '^\\s*[^\\s\\u0000][^\\u0000]*$' });
export const ReasonBody = Type.Object({ reason: Reason }, { additionalProperties: false });
export const ParkedBody = Type.Object({ entity: Entity, key: Key, reason: Reason }, { additionalProperties: false });

export const ListQuery = Type.Object(
  { entity: Type.Optional(Entity), key: Type.Optional(Key), limit: Type.Optional(Limit), cursor: Type.Optional(Cursor) },
  { additionalProperties: false },
);
export type ListQuery = Static<typeof ListQuery>;
export const AuditQuery = Type.Object({ limit: Type.Optional(Limit), cursor: Type.Optional(Cursor) }, { additionalProperties: false });
export const TraceQuery = Type.Object({ key: Key, entity: Type.Optional(Entity) }, { additionalProperties: false });
export const IdParams = Type.Object({ id: Id });

export const ReconcileRun = Type.Object({
  id: Id,
  entity: Nullable(Type.String()),
  dryRun: Type.Boolean(),
  deep: Type.Boolean(),
  fill: Type.Boolean(),
  state: Type.Union([Type.Literal('running'), Type.Literal('interrupted'), Type.Literal('done'), Type.Literal('cancelled')]),
  reason: Nullable(Type.String()),
  /** What comes before is settled. */
  atEntity: Nullable(Type.String()),
  pass: Count,
  counts: Type.Record(Type.String(), Type.Number()),
  startedAt: Instant,
  finishedAt: Nullable(Instant),
});
export type ReconcileRun = Static<typeof ReconcileRun>;

export const DirectionStatus = Type.Object({
  /** `world-china` */
  name: Type.String(),
  state: Type.Union([Type.Literal('running'), Type.Literal('idle'), Type.Literal('stalled'), Type.Literal('paused')]),
  /** Begins with a code of docs/operations.md and a colon. */
  reason: Nullable(Type.String()),
  /** Pointers that no queue has taken yet, and how long the oldest has waited. */
  outbox: Count,
  outboxOldestMs: Nullable(Count),
  /** About how many messages the queue holds; null where it does not say. */
  queued: Nullable(Count),
  /** How long the oldest write has waited that the peer has not answered: in the outbox, or with the worker that is asked. */
  unansweredOldestMs: Nullable(Count),
  /** Of what was answered lately; null where the direction has been idle for long. */
  lagMs: Nullable(Count),
  lagP50Ms: Nullable(Count),
  lagP99Ms: Nullable(Count),
  reportedAt: Nullable(Instant),
  paused: Nullable(Type.Object({ by: Type.String(), at: Instant, reason: Type.String() })),
});
export const SyncStatus = Type.Object({
  region: Region,
  direction: DirectionStatus,
  parked: Count,
  parkedOldestMs: Nullable(Count),
  deadLetters: Count,
  deadLettersOldestMs: Nullable(Count),
  conflicts: Count,
  /** Parked items that nothing frees but an operator. */
  needsOperator: Count,
  /** Is the region declared as being filled: is what it lacks taken for never having been here? */
  filling: Type.Boolean(),
  /** A reconciliation that this region has under way, or that waits to be gone on with. */
  reconciling: Nullable(
    Type.Object({
      ...Type.Pick(ReconcileRun, ['id', 'state', 'reason', 'dryRun', 'fill', 'pass', 'atEntity']).properties,
      /** Since it began, however often it was interrupted. A region of an older release does not say it. */
      ageMs: Type.Optional(Count),
    }),
  ),
});
export type SyncStatus = Static<typeof SyncStatus>;

const Stamped = Type.Object({ version: Type.String(), origin: Type.String(), writtenAt: Instant });
export const Conflict = Type.Object({
  id: Id,
  entity: Type.String(),
  key: Type.String(),
  rule: Type.String(),
  detectedAt: Instant,
  winner: Stamped,
  loser: Stamped,
});
export type Conflict = Static<typeof Conflict>;
/** A conflict with both versions as they crossed; numbers that a double would round are text. */
export const ConflictDetail = Type.Object({ ...Conflict.properties, winnerItem: Type.Unknown(), loserItem: Type.Unknown() });
export const ConflictPage = pageOf(Conflict);

export const Parked = Type.Object({
  entity: Type.String(),
  key: Type.String(),
  version: Type.String(),
  origin: Type.String(),
  reason: Type.String(),
  /** What is in the way, by name: a constraint, a column. */
  detail: Nullable(Type.String()),
  waitsFor: Nullable(Type.Object({ entity: Type.String(), key: Type.String() })),
  parkedAt: Instant,
  triedAt: Instant,
});
export type Parked = Static<typeof Parked>;
export const ParkedPage = pageOf(Parked);
/** What a release came to: the outcome of applying the item now. */
export const Released = Type.Object({ outcome: Type.String(), reason: Nullable(Type.String()) });
export const Discarded = Type.Object({ entity: Type.String(), key: Type.String(), version: Type.String() });

export const DeadLetter = Type.Object({
  id: Id,
  entity: Type.String(),
  key: Type.String(),
  version: Type.String(),
  reason: Type.String(),
  /** What refused it, by its name: a constraint, a column. */
  detail: Nullable(Type.String()),
  /** `sent`: refused by the peer, or never fit to be sent. `received`: came from the peer, and did not get in here. */
  side: Type.Union([Type.Literal('sent'), Type.Literal('received')]),
  createdAt: Instant,
});
export type DeadLetter = Static<typeof DeadLetter>;
export const DeadLetterPage = pageOf(DeadLetter);
export const Redriven = Type.Object({
  entity: Type.String(),
  key: Type.String(),
  /** The version that is pointed at, or tried, now. */
  version: Type.String(),
  /** Of a letter of the receiving side: what applying it came to. */
  released: Nullable(Released),
});

export const AuditEntry = Type.Object({
  id: Id,
  at: Instant,
  actor: Type.String(),
  action: Type.String(),
  subject: Type.Record(Type.String(), Type.Unknown()),
  reason: Type.String(),
});
export type AuditEntry = Static<typeof AuditEntry>;
export const AuditPage = pageOf(AuditEntry);

export const ReconcileBody = Type.Object(
  {
    entity: Type.Optional(Entity),
    /** Finds and tells, and repairs nothing. */
    dryRun: Type.Optional(Type.Boolean()),
    /** Digests contents too: finds rows of one stamp and two contents. */
    deep: Type.Optional(Type.Boolean()),
    /** What is lacking here was never here: an empty, new or restored database. */
    fill: Type.Optional(Type.Boolean()),
    reason: Reason,
  },
  { additionalProperties: false },
);
export const ReconcileStarted = Type.Object({ id: Id });
export const ReconcileRuns = Type.Object({ items: Type.Array(ReconcileRun) });
export const Findings = Type.Object({ items: Type.Array(Type.Object({ entity: Type.String(), key: Type.String(), kind: Type.String() })) });
export const Done = Type.Object({ id: Id });

/** One step of a row's way, as this region knows it. */
export const TraceEvent = Type.Object({
  at: Instant,
  region: Region,
  step: Type.Union([
    Type.Literal('committed'),
    Type.Literal('published'),
    Type.Literal('received'),
    Type.Literal('posted'),
    Type.Literal('answered'),
    Type.Literal('not-acknowledged'),
    Type.Literal('applied'),
  ]),
  entity: Type.String(),
  version: Nullable(Type.String()),
  outcome: Nullable(Type.String()),
  reason: Nullable(Type.String()),
  message: Nullable(Type.String()),
  nonce: Nullable(Type.String()),
  bytes: Nullable(Count),
  ms: Nullable(Count),
});
export type TraceEvent = Static<typeof TraceEvent>;

/** What one region holds of a key, and the way it went there. Stamps and names only, nothing of what the row holds. */
export const Trace = Type.Object({
  region: Region,
  /** The oldest step that the journal still holds; null where it is empty. */
  journalFrom: Nullable(Instant),
  present: Type.Array(
    Type.Object({
      entity: Type.String(),
      version: Type.String(),
      origin: Type.String(),
      vector: Type.Record(Type.String(), Type.String()),
      deleted: Type.Boolean(),
    }),
  ),
  outbox: Type.Array(Type.Object({ entity: Type.String(), version: Type.String(), since: Instant, claimed: Type.Boolean() })),
  parked: Type.Array(Parked),
  deadLetters: Type.Array(DeadLetter),
  conflicts: Type.Array(Conflict),
  events: Type.Array(TraceEvent),
});
export type Trace = Static<typeof Trace>;
