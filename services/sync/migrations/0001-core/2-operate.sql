-- What operators see and do: who changed what, which directions are paused, and what became of each batch.

-- Who did what to the queue of a row, and why. Never what the row holds.
CREATE TABLE sync.audit (
  id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor text NOT NULL,
  action text NOT NULL,
  -- The names of what was acted upon: entity, key, version, peer, and the like.
  subject jsonb NOT NULL,
  reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500)
);

-- A direction whose worker takes nothing from the queue, until somebody resumes it.
CREATE TABLE sync.pause (
  peer text COLLATE "C" PRIMARY KEY,
  reason text NOT NULL,
  paused_by text NOT NULL,
  paused_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- One row a batch and step: what was published, received, exchanged with the peer, and applied. It tells operators a row's way and is no part of
-- the protocol: UNLOGGED, trimmed by age and size, and lost in a crash of the server.
CREATE UNLOGGED TABLE sync.journal (
  id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  step text NOT NULL CHECK (step IN ('published', 'received', 'exchanged', 'applied')),
  -- Of the queue messages concerned, the ids that are in their bodies.
  messages text[],
  entity text COLLATE "C",
  -- Keys and versions, as in the outbox: [["key","version"],...].
  pointers text,
  -- Of the pointers, those that were not simply applied: [[index, outcome, reason],...].
  others json,
  nonce text,
  bytes int,
  ms int,
  -- Of an exchange without acknowledgement, why.
  failure text
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
-- Compressing costs more than it saves for so short a life.
ALTER TABLE sync.journal ALTER pointers SET STORAGE EXTERNAL;

INSERT INTO sync.setting VALUES
  ('journal_age_ms', '86400000'),
  ('journal_bytes', '268435456');

-- Drops what of the journal is older, or more, than the settings say. Answers how many rows went.
CREATE FUNCTION sync.journal_trim() RETURNS int8 LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  newest_to_go int8;
  gone int8;
BEGIN
  SELECT max(w.id) INTO newest_to_go
  FROM (SELECT j.id, j.at, sum(coalesce(octet_length(j.pointers), 0) + 200) OVER (ORDER BY j.id DESC) AS held FROM sync.journal j) w
  WHERE w.held > sync.setting_text('journal_bytes')::int8 OR w.at < clock_timestamp() - sync.setting_interval('journal_age_ms');
  DELETE FROM sync.journal WHERE id <= newest_to_go;
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;

REVOKE ALL ON FUNCTION sync.journal_trim FROM PUBLIC;
