-- Digests over ranges of keys, for reconciliation: what two regions hold is compared without sending it. A range is [from_key, to_key); NULL is the
-- end of the key space. Keys compare bytewise on both sides: a uuid orders as its text does, and text keys are COLLATE "C".

-- The ends of a key space, by the key's type: conditions on a key stay conditions on its index.
CREATE FUNCTION sync.lowest(of_type uuid) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN '00000000-0000-0000-0000-000000000000'::uuid;
CREATE FUNCTION sync.highest(of_type uuid) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid;
CREATE FUNCTION sync.lowest(of_type text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN '';
-- No code point sorts above U+10FFFF; pointers carry keys of at most 200 characters.
CREATE FUNCTION sync.highest(of_type text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN repeat(chr(1114111), 201);

-- Keys at which a range falls into pieces of at most `most_rows` rows, tombstones and parked items each; the first `most_cuts` of them. Each cut
-- begins a piece. Each is found from the last by the index alone: a condition on the end of the range would look as if it chose few rows, and be sorted.
INSERT INTO sync.template VALUES ('cuts', 20, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_cuts(from_key text, to_key text, most_rows int, most_cuts int) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_bitmapscan = off AS $body$
DECLARE
  first {{key_type}} := coalesce(from_key::{{key_type}}, sync.lowest(NULL::{{key_type}}));
  last {{key_type}} := coalesce(to_key::{{key_type}}, sync.highest(NULL::{{key_type}}));
BEGIN
  RETURN coalesce((
    WITH RECURSIVE live AS (
      SELECT first AS key, 0 AS n
      UNION ALL
      SELECT (SELECT t.{{key}} FROM {{table}} t WHERE t.{{key}} >= l.key ORDER BY t.{{key}} OFFSET most_rows LIMIT 1), l.n + 1
      FROM live l WHERE l.key < last AND l.n < most_cuts
    ), graves AS (
      SELECT first::text COLLATE "C" AS key, 0 AS n
      UNION ALL
      SELECT (SELECT g.key FROM sync.tombstone g WHERE g.entity = {{entity}} AND g.key >= l.key ORDER BY g.key OFFSET most_rows LIMIT 1), l.n + 1
      FROM graves l WHERE l.key < last::text AND l.n < most_cuts
    ), waiting AS (
      SELECT first::text COLLATE "C" AS key, 0 AS n
      UNION ALL
      SELECT (SELECT p.key FROM sync.parked p WHERE p.entity = {{entity}} AND p.key >= l.key ORDER BY p.key OFFSET most_rows LIMIT 1), l.n + 1
      FROM waiting l WHERE l.key < last::text AND l.n < most_cuts
    )
    SELECT array_agg(c.key ORDER BY c.key) FROM (
      SELECT u.key FROM (SELECT l.key::text COLLATE "C" AS key, l.n FROM live l UNION SELECT g.key, g.n FROM graves g UNION SELECT w.key, w.n FROM waiting w) u
      WHERE u.n > 0 AND u.key <= last::text COLLATE "C" AND u.key IS DISTINCT FROM to_key
      GROUP BY u.key ORDER BY u.key LIMIT most_cuts
    ) c), '{}');
END $body$
$template$);

-- Count and digest of the pieces that `cuts` makes of a range, of what this side holds: the live row, the tombstone or the parked item, whichever
-- is greatest. Tombstones up to `horizon` are left out, since a side may have collected them. A digest is md5 of the exclusive or of the md5 of each:
-- no row is sorted, and one statement reads the whole range in the order of the heap. Answers one row of ordinal -1 where the range holds more than
-- `most_rows` rows. `deep` digests the contents, too.
INSERT INTO sync.template VALUES ('digests', 21, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_digests(from_key text, cuts text[], to_key text, horizon int8, deep boolean, most_rows int)
RETURNS TABLE (ordinal int, held int, digest text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog SET plan_cache_mode = force_custom_plan SET work_mem = '64MB' SET "TimeZone" = 'UTC' AS $body$
DECLARE
  first {{key_type}} := coalesce(from_key::{{key_type}}, sync.lowest(NULL::{{key_type}}));
  last {{key_type}} := coalesce(to_key::{{key_type}}, sync.highest(NULL::{{key_type}}));
  bounds {{key_type}}[] := cuts::{{key_type}}[];
BEGIN
  RETURN QUERY
  WITH elsewhere AS MATERIALIZED (
      SELECT g.key::{{key_type}} AS key, g.version, g.origin, 1 AS rank, g.version || g.origin || '-' || '' /*parts of the grave*/ || ' ' || g.key AS stamp
      FROM sync.tombstone g
      WHERE g.entity = {{entity}} AND g.version > horizon AND g.key >= first::text AND g.key <= last::text AND (to_key IS NULL OR g.key <> to_key)
      UNION ALL
      SELECT p.key::{{key_type}}, p.version, p.origin, 2 /*rank*/,
        p.version || p.origin || CASE WHEN p.item ->> '$d' = 'true' THEN '-' ELSE '' END || '' /*parts of the parked*/ || ' ' || p.key
      FROM sync.parked p
      WHERE p.entity = {{entity}} AND p.key >= first::text AND p.key <= last::text AND (to_key IS NULL OR p.key <> to_key)
  ), live AS NOT MATERIALIZED (
      SELECT t.{{key}} AS key, t.version, t.origin, 0 AS rank,
        t.version || t.origin || '' /*parts of the row*/ || CASE WHEN deep THEN md5(json_build_object({{read_columns}})::text) ELSE '' END
          || ' ' || t.{{key}}::text AS stamp
      FROM {{table}} t WHERE t.{{key}} >= first AND t.{{key}} <= last AND (to_key IS NULL OR t.{{key}} <> last)
  ), pieces AS MATERIALIZED (
    SELECT r.piece, count(*)::int AS held, md5(bit_xor(('x' || md5(r.stamp))::bit(128))::text) AS digest
    FROM (
      -- Not a join: whatever the planner believes of how few there are elsewhere, this is looked up in a hash.
      (SELECT width_bucket(l.key, bounds) AS piece, l.stamp FROM live l WHERE (l.key IN (SELECT e.key FROM elsewhere e)) IS NOT TRUE LIMIT most_rows + 1)
      UNION ALL
      SELECT width_bucket(h.key, bounds), h.stamp FROM (
        SELECT DISTINCT ON (b.key) b.key, b.stamp FROM (
          SELECT * FROM elsewhere UNION ALL SELECT * FROM live l WHERE l.key = ANY (ARRAY(SELECT e.key FROM elsewhere e))
        ) b ORDER BY b.key, b.version DESC, b.origin DESC, b.rank
      ) h
    ) r GROUP BY r.piece
  ), whole AS (SELECT coalesce(sum(p.held), 0)::int AS held FROM pieces p)
  SELECT -1, w.held, NULL::text FROM whole w WHERE w.held > most_rows
  UNION ALL
  SELECT p.piece, p.held, p.digest FROM pieces p, whole w WHERE w.held <= most_rows;
END $body$
$template$);

-- What this side holds of single keys: those of `keys`, or (where that is NULL) those of a range. `state` is live, deleted, parked or none;
-- `refused` is the greatest version of the key that is kept as a dead letter.
INSERT INTO sync.template VALUES ('stamps', 22, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_stamps(keys text[], from_key text, to_key text, deep boolean, most_rows int)
RETURNS TABLE (key text, version int8, origin text, state text, deleted boolean, refused int8, content text, parts text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog SET plan_cache_mode = force_custom_plan SET "TimeZone" = 'UTC' AS $body$
DECLARE
  first {{key_type}} := coalesce(from_key::{{key_type}}, sync.lowest(NULL::{{key_type}}));
  last {{key_type}} := coalesce(to_key::{{key_type}}, sync.highest(NULL::{{key_type}}));
  wanted text[] := keys;
BEGIN
  IF wanted IS NULL THEN
    SELECT array_agg(w.key) INTO wanted FROM (
      (SELECT t.{{key}}::text AS key FROM {{table}} t WHERE t.{{key}} >= first AND t.{{key}} <= last AND (to_key IS NULL OR t.{{key}} <> last) LIMIT most_rows)
      UNION (SELECT g.key FROM sync.tombstone g WHERE g.entity = {{entity}} AND g.key >= first::text AND g.key <= last::text AND (to_key IS NULL OR g.key <> to_key) LIMIT most_rows)
      UNION (SELECT p.key FROM sync.parked p WHERE p.entity = {{entity}} AND p.key >= first::text AND p.key <= last::text AND (to_key IS NULL OR p.key <> to_key) LIMIT most_rows)
      UNION (SELECT d.key FROM sync.dead_letter d WHERE d.resolved_at IS NULL AND d.entity = {{entity}} AND d.key >= first::text AND d.key <= last::text AND (to_key IS NULL OR d.key <> to_key) LIMIT most_rows)
    ) w;
  END IF;
  RETURN QUERY
  SELECT w.key, h.version, h.origin, coalesce(h.state, 'none'), coalesce(h.deleted, false),
    (SELECT max(d.version) FROM sync.dead_letter d WHERE d.entity = {{entity}} AND d.key = w.key AND d.resolved_at IS NULL), h.content, nullif(h.parts, '')
  FROM unnest(wanted) AS w(key)
  LEFT JOIN LATERAL (
    SELECT t.version, t.origin, 'live' AS state, false AS deleted, 0 AS rank,
      CASE WHEN deep THEN md5(json_build_object({{read_columns}})::text) END AS content, '' /*parts of the row*/ AS parts
    FROM {{table}} t WHERE t.{{key}} = w.key::{{key_type}}
    UNION ALL
    SELECT g.version, g.origin, 'deleted', true, 1, NULL, '' /*parts of the grave*/ FROM sync.tombstone g WHERE g.entity = {{entity}} AND g.key = w.key
    UNION ALL
    SELECT p.version, p.origin, 'parked', coalesce(p.item ->> '$d' = 'true', false), 2 /*rank*/, NULL, '' /*parts of the parked*/ FROM sync.parked p WHERE p.entity = {{entity}} AND p.key = w.key
    ORDER BY version DESC, origin DESC, rank LIMIT 1
  ) h ON true;
END $body$
$template$);

-- Of rows that are merged by parts the stamps of all parts count: two states may have the same greatest stamp. What is parked is the greater of two such.
INSERT INTO sync.template (name, ordinal, body, rule)
SELECT name, ordinal,
  replace(replace(replace(replace(body,
    $$'' /*parts of the row*/$$, 'md5(t.parts::text)'),
    $$'' /*parts of the grave*/$$, $$md5(coalesce(g.held -> '$p', '{}')::text)$$),
    $$'' /*parts of the parked*/$$, $$md5(coalesce(p.item::jsonb -> '$p', '{}')::text)$$),
    '2 /*rank*/', '-1'),
  'parts'
FROM sync.template WHERE name IN ('digests', 'stamps') AND rule = 'row';

-- Points at rows and tombstones as if they had just changed, at the version that they have now; what is here only parked has none.
INSERT INTO sync.template VALUES ('point', 23, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_point(keys text[]) RETURNS int
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $body$
  WITH held AS (
    SELECT sync.pointer(r.key, r.version) AS pointer, (row_number() OVER () - 1) / 500 AS chunk FROM sync.{{function}}_read(keys) r
  ), chunks AS (
    INSERT INTO sync.outbox (entity, pointers, size) SELECT {{entity}}, '[' || string_agg(pointer, ',') || ']', count(*) FROM held GROUP BY chunk RETURNING size
  )
  SELECT coalesce(sum(size), 0)::int FROM chunks
$body$
$template$);

-- The same for a whole range, in the order of its keys, at most `most_rows` of it (and as many tombstones). `next` is where to go on, NULL at the end.
INSERT INTO sync.template VALUES ('point_range', 24, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_point_range(from_key text, to_key text, most_rows int) RETURNS TABLE (pointed int, next text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog SET plan_cache_mode = force_custom_plan AS $body$
DECLARE
  cut text := (sync.{{function}}_cuts(from_key, to_key, most_rows, 1))[1];
  first {{key_type}} := coalesce(from_key::{{key_type}}, sync.lowest(NULL::{{key_type}}));
  last {{key_type}} := coalesce(coalesce(cut, to_key)::{{key_type}}, sync.highest(NULL::{{key_type}}));
  open_end boolean := cut IS NULL AND to_key IS NULL;
  keys text[];
BEGIN
  SELECT array_agg(k.key ORDER BY k.key COLLATE "C") INTO keys FROM (
    SELECT t.{{key}}::text AS key FROM {{table}} t WHERE t.{{key}} >= first AND t.{{key}} <= last AND (open_end OR t.{{key}} <> last)
    UNION SELECT g.key FROM sync.tombstone g WHERE g.entity = {{entity}} AND g.key >= first::text AND g.key <= last::text AND (open_end OR g.key <> last::text)
  ) k;
  RETURN QUERY SELECT CASE WHEN keys IS NULL THEN 0 ELSE sync.{{function}}_point(keys) END, cut;
END $body$
$template$);

-- One row a run of reconciliation, and what it found that the ordinary path cannot repair.
CREATE TABLE sync.reconcile_run (
  id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  peer text COLLATE "C" NOT NULL,
  entity text COLLATE "C",
  dry_run boolean NOT NULL,
  deep boolean NOT NULL,
  fill boolean NOT NULL,
  state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'interrupted', 'done', 'cancelled')),
  reason text,
  -- Where to go on: everything before it is settled. NULL key: the beginning of that entity.
  at_entity text COLLATE "C",
  at_key text COLLATE "C",
  pass int NOT NULL DEFAULT 1,
  counts jsonb NOT NULL DEFAULT '{}',
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz,
  -- Who works at it: a process that died lets go by itself.
  token uuid,
  leased_until timestamptz
);
CREATE UNIQUE INDEX reconcile_run_one_at_a_time ON sync.reconcile_run (peer) WHERE state = 'running';

CREATE TABLE sync.reconcile_finding (
  run int8 NOT NULL REFERENCES sync.reconcile_run ON DELETE CASCADE,
  entity text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  own_version int8,
  own_origin text COLLATE "C",
  peer_version int8,
  peer_origin text COLLATE "C",
  found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (run, entity, key)
);

-- Asks the workers of this region for a run towards `peer`; one takes it at its start or with the next sweep. Answers its id, or NULL where one is under way.
CREATE FUNCTION sync.request_reconcile(towards text, of_entity text DEFAULT NULL, is_dry_run boolean DEFAULT false, is_deep boolean DEFAULT false, is_fill boolean DEFAULT false)
RETURNS int8 LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO sync.reconcile_run (peer, entity, dry_run, deep, fill, leased_until)
  VALUES (towards, of_entity, is_dry_run, is_deep, is_fill, '-infinity') ON CONFLICT DO NOTHING RETURNING id
$$;

-- Is nothing here, and was nothing ever? Then this database is new, and what it lacks was never deleted.
CREATE FUNCTION sync.is_empty() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  synced record;
  found_one boolean := EXISTS (SELECT FROM sync.tombstone) OR (SELECT n.collected_version > 0 FROM sync.node n);
BEGIN
  FOR synced IN SELECT name FROM sync.entity LOOP
    EXIT WHEN found_one;
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', synced.name::regclass) INTO found_one;
  END LOOP;
  RETURN NOT found_one;
END $$;

REVOKE ALL ON FUNCTION sync.request_reconcile, sync.is_empty FROM PUBLIC;
REVOKE ALL ON FUNCTION sync.lowest(uuid), sync.lowest(text), sync.highest(uuid), sync.highest(text) FROM PUBLIC;
GRANT SELECT ON sync.reconcile_run, sync.reconcile_finding TO sync;
GRANT INSERT, UPDATE ON sync.reconcile_run TO sync;
GRANT INSERT, DELETE ON sync.reconcile_finding TO sync;
