-- What the sync engine keeps in each region. Keys and origins compare bytewise, so that both regions order them alike.

CREATE TABLE sync.node (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  region text COLLATE "C" NOT NULL CHECK (region ~ '^[a-z]+$'),
  -- Raised before the first write after a restore or a promotion: versions that were given out and lost are then never given out again.
  incarnation int NOT NULL DEFAULT 1 CHECK (incarnation > 0),
  -- The greatest version of a tombstone that was ever collected here. What is older, and of a row that is not here, may be what a tombstone held back.
  collected_version int8 NOT NULL DEFAULT 0,
  -- While this database is being filled from the other region, what is not here is only not here yet.
  filling boolean NOT NULL DEFAULT false,
  -- When the other region was last asked about tombstones that it has long not answered.
  asked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What is synced, with the policy that the generated functions were made from: {entity, key, crossing, parents, merge, uniques}.
CREATE TABLE sync.entity (
  name text COLLATE "C" PRIMARY KEY,
  policy jsonb NOT NULL,
  key_column text NOT NULL GENERATED ALWAYS AS (policy ->> 'key') STORED
);

-- What one statement changed. Keys that are UUIDs are kept as such beside their versions, others as text that is JSON already: putting that together is
-- left to the publisher, for whom no writer waits.
CREATE TABLE sync.outbox (
  id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entity text COLLATE "C" NOT NULL,
  pointers text,
  keys uuid[],
  versions int8[],
  size int NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  token uuid,
  leased_until timestamptz,
  CHECK ((pointers IS NULL) <> (keys IS NULL)), CHECK ((keys IS NULL) = (versions IS NULL))
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, toast_tuple_target = 8160);
-- Compressing costs the writer more than it saves for so short a life.
ALTER TABLE sync.outbox ALTER pointers SET STORAGE EXTERNAL, ALTER keys SET STORAGE EXTERNAL, ALTER versions SET STORAGE EXTERNAL;

CREATE TABLE sync.tombstone (
  entity text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  version int8 NOT NULL,
  origin text COLLATE "C" NOT NULL,
  vector jsonb NOT NULL,
  -- What was deleted, of a row that is merged by parts: its columns that cross, and its parts ("$p").
  held jsonb,
  -- What its columns that stay home held, for a revival; NULL where all were empty. Nobody reads it but apply.
  home jsonb,
  -- Since when the other region is known to have taken the deletion: it answered it, or sent it.
  confirmed_at timestamptz,
  PRIMARY KEY (entity, key)
);
CREATE INDEX tombstone_confirmed_at ON sync.tombstone (confirmed_at) WHERE confirmed_at IS NOT NULL;

-- A concurrent edit that lost, with the one that won: nothing that was acknowledged disappears without a record.
CREATE TABLE sync.conflict (
  id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entity text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  -- The group, counter or deletion that went against another, of a row that is merged by parts; else empty.
  part text COLLATE "C" NOT NULL DEFAULT '',
  winner_version int8 NOT NULL,
  winner_origin text COLLATE "C" NOT NULL,
  winner jsonb NOT NULL,
  loser_version int8 NOT NULL,
  loser_origin text COLLATE "C" NOT NULL,
  loser jsonb NOT NULL,
  rule text NOT NULL,
  detected_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (entity, key, part, loser_version, loser_origin)
);
CREATE INDEX conflict_detected_at ON sync.conflict (detected_at);

-- What cannot be applied yet, one entry a key: it waits by name and blocks nobody.
CREATE TABLE sync.parked (
  entity text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  version int8 NOT NULL,
  origin text COLLATE "C" NOT NULL,
  item json NOT NULL,
  reason text NOT NULL,
  detail text,
  waits_for_entity text COLLATE "C",
  waits_for_key text COLLATE "C",
  parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- When it was last found that it still cannot be applied: the longest untried is tried next, so that none starves behind hopeless ones.
  tried_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- An operator has looked at it: that it is older than a collected tombstone no longer holds it back.
  admitted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (entity, key)
);
CREATE INDEX parked_colliding ON sync.parked (entity) WHERE reason = 'unique_collision';
CREATE INDEX parked_waits_for ON sync.parked (waits_for_entity, waits_for_key) WHERE waits_for_key IS NOT NULL;

-- What the receiver refused for good, kept at the sender with the receiver's reason.
CREATE TABLE sync.dead_letter (
  id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entity text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  version int8 NOT NULL,
  reason text NOT NULL,
  -- What refused it, by its name: a constraint, a column. Never a value.
  detail text,
  -- Of what was parked here and did not get in: the item, so that it can be tried again. What the peer refused is read afresh instead.
  item json,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- The peer has taken this version or a later one since.
  resolved_at timestamptz,
  UNIQUE (entity, key, version, reason)
);
CREATE INDEX dead_letter_open ON sync.dead_letter (entity, key) WHERE resolved_at IS NULL;

-- Nonces of signed requests until they expire: a replay is refused on every instance.
CREATE TABLE sync.nonce (
  key_id text COLLATE "C" NOT NULL,
  nonce text COLLATE "C" NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (key_id, nonce)
);
CREATE INDEX nonce_expires_at ON sync.nonce (expires_at);

-- How the worker towards `peer` fares: a stalled direction is visible as stalled, with the reason.
CREATE TABLE sync.direction (
  peer text COLLATE "C" PRIMARY KEY,
  state text NOT NULL CHECK (state IN ('running', 'stalled', 'idle', 'paused')),
  reason text,
  lag_ms int8,
  -- Of the items answered lately, by the worker that reported last.
  lag_p50_ms int8,
  lag_p99_ms int8,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE VIEW sync.status AS
SELECT (SELECT coalesce(sum(size), 0) FROM sync.outbox)::int8 AS outbox,
       (SELECT count(*) FROM sync.parked) AS parked,
       (SELECT count(*) FROM sync.dead_letter WHERE resolved_at IS NULL) AS dead_letters,
       (SELECT count(*) FROM sync.conflict) AS conflicts;
