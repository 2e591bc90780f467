-- Apply, as a template. A batch is taken by one guarded upsert, with dominance inside it: nothing is judged by a snapshot that a local write
-- has overtaken. What the upsert did not take (deletes, stale, concurrent, orphans) is then settled item by item, under row locks.
INSERT INTO sync.template VALUES ('settle', 4, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_settle(items json) RETURNS TABLE (ordinal int, outcome text, reason text)
LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
DECLARE
  -- Stamps further ahead than this are no clock skew we accept: they are parked, and the row stays writable.
  horizon int8 := sync.tick() + (600000::int8 << 16);
  -- What is older and not here was perhaps deleted, and the tombstone collected since.
  collected int8 := sync.collected_version();
  taken_ordinals int[];
  taken_keys text[];
  taken_versions int8[];
  item record;
  current record;
  grave record;
  settled record;
  kept jsonb;
  -- How often an insert was kept out by nobody who can be seen.
  kept_out int;
  -- Whether this call holds the entity's lock against inserts; NULL while it has not asked.
  alone boolean;
BEGIN
  -- Asked for before the first insert: two calls that both hold it shared and both want it alone would wait for each other.
  IF strpos(items::text, '"$d"') > 0 THEN
    PERFORM FROM json_to_recordset(items) AS i("$k" {{key_type}}, "$d" boolean)
    WHERE i."$d" AND NOT EXISTS (SELECT FROM {{table}} t WHERE t.{{key}} = i."$k");
    IF FOUND THEN
      alone := sync.lock_alone({{lock}});
    END IF;
  END IF;

  WITH incoming AS MATERIALIZED (
    SELECT * FROM ROWS FROM (json_to_recordset(items) AS ({{record}})) WITH ORDINALITY
  ), chosen AS (
    SELECT DISTINCT ON (i."$k") i.*
    FROM incoming i
    WHERE i."$d" IS NOT TRUE AND i."$v" <= horizon AND i."$v" > collected AND {{parents_present}}
      -- Where a column that must not be empty comes back from a tombstone, rows are taken one by one.
      AND NOT EXISTS (
        SELECT FROM sync.tombstone g
        WHERE g.entity = {{entity}} AND g.key = i."$k"::text AND ({{home_first}} OR NOT sync.covers(i."$v", i."$o", i."$w", g.version, g.origin))
      )
    ORDER BY i."$k", i."$v" DESC, i."$o" COLLATE "C" DESC
  ), written AS (
    INSERT INTO {{table}} AS t ({{key}}, {{columns}}, version, origin, vector)
    SELECT c."$k", {{incoming_columns}}, c."$v", c."$o", c."$w" FROM chosen c ORDER BY c."$k"
    ON CONFLICT ({{key}}) DO UPDATE SET {{assignments}},
      version = excluded.version, origin = excluded.origin, vector = excluded.vector
    WHERE excluded.version > t.version AND sync.covers(excluded.version, excluded.origin, excluded.vector, t.version, t.origin)
    RETURNING t.{{key}} AS key
  )
  SELECT array_agg(c.ordinality::int), array_agg(c."$k"::text), array_agg(c."$v")
  INTO taken_ordinals, taken_keys, taken_versions
  -- IS TRUE keeps this a look into a hash: as a join it would compare all with all, since nobody knows how many rows a CTE returns.
  FROM chosen c WHERE (c."$k" IN (SELECT w.key FROM written w)) IS TRUE;

  IF taken_ordinals IS NOT NULL THEN
    -- Tombstones may have been collected after the version was read and before the upsert looked for them.
    IF sync.collected_version() <> collected THEN
      RAISE EXCEPTION 'tombstones were collected meanwhile; try again' USING ERRCODE = 'serialization_failure';
    END IF;
    -- A statement of its own: its snapshot sees a tombstone that a local DELETE left while the upsert waited for its lock.
    FOR grave IN
      SELECT g.key, g.version, g.origin, g.vector, g.home, t.version AS live_version, t.origin AS live_origin,
        sync.covers(t.version, t.origin, t.vector, g.version, g.origin) AS dominated
      FROM sync.tombstone g JOIN {{table}} t ON t.{{key}} = g.key::{{key_type}}
      WHERE g.entity = {{entity}} AND g.key = ANY (taken_keys) FOR UPDATE OF g, t
    LOOP
      IF NOT grave.dominated THEN
        PERFORM sync.record_conflict({{entity}}, grave.key,
          (SELECT r.item::jsonb FROM sync.{{function}}_live(grave.key::{{key_type}}) r),
          sync.grave_item(grave.key, grave.version, grave.origin, grave.vector));
      END IF;
      IF (grave.version, grave.origin) > (grave.live_version, grave.live_origin) THEN
        DELETE FROM {{table}} WHERE {{key}} = grave.key::{{key_type}};
      ELSE
        PERFORM sync.{{function}}_restore(grave.key, grave.home) WHERE grave.home IS NOT NULL;
        DELETE FROM sync.tombstone WHERE entity = {{entity}} AND key = grave.key;
      END IF;
    END LOOP;
  END IF;

  IF strpos(items::text, '"$d"') > 0 THEN
    -- Deletions likewise: one statement takes the rows that they dominate, judged under their locks, and those that nobody holds while nobody inserts.
    WITH incoming AS MATERIALIZED (
      SELECT DISTINCT ON (i."$k") i.*
      FROM ROWS FROM (json_to_recordset(items) AS ("$k" {{key_type}}, "$v" int8, "$o" text, "$w" jsonb, "$d" boolean)) WITH ORDINALITY i
      WHERE i."$d" AND i."$v" <= horizon
      ORDER BY i."$k", i."$v" DESC, i."$o" COLLATE "C" DESC
    ), gone AS (
      DELETE FROM {{table}} t USING incoming i
      WHERE t.{{key}} = i."$k" AND i."$v" > t.version AND sync.covers(i."$v", i."$o", i."$w", t.version, t.origin)
        AND NOT EXISTS (SELECT FROM sync.tombstone g WHERE g.entity = {{entity}} AND g.key = i."$k"::text)
      RETURNING t.{{key}} AS key, {{home}} AS home
    ), graves AS (
      INSERT INTO sync.tombstone AS g (entity, key, version, origin, vector, confirmed_at, home)
      SELECT {{entity}}, i."$k"::text, i."$v", i."$o", i."$w", clock_timestamp(), gone.home
      FROM incoming i LEFT JOIN gone ON gone.key = i."$k"
      WHERE gone.key IS NOT NULL
        OR (alone AND i."$v" > collected AND NOT EXISTS (SELECT FROM {{table}} t WHERE t.{{key}} = i."$k"))
      ON CONFLICT (entity, key) DO UPDATE SET version = excluded.version, origin = excluded.origin, vector = excluded.vector,
        confirmed_at = excluded.confirmed_at
      WHERE excluded.version > g.version AND sync.covers(excluded.version, excluded.origin, excluded.vector, g.version, g.origin)
      RETURNING g.key
    )
    SELECT taken_ordinals || array_agg(i.ordinality::int), taken_keys || array_agg(i."$k"::text), taken_versions || array_agg(i."$v")
    INTO taken_ordinals, taken_keys, taken_versions
    FROM incoming i WHERE (i."$k"::text IN (SELECT g.key FROM graves g)) IS TRUE;
  END IF;

  IF taken_ordinals IS NOT NULL THEN
    DELETE FROM sync.parked p USING unnest(taken_keys, taken_versions) AS x(key, version)
    WHERE p.entity = {{entity}} AND p.key = x.key AND p.version <= x.version;
    RETURN QUERY SELECT o, 'applied'::text, NULL::text FROM unnest(taken_ordinals) AS o;
    IF cardinality(taken_ordinals) = json_array_length(items) THEN
      RETURN;
    END IF;
  END IF;

  FOR item IN
    SELECT i.*, items -> (i.ordinality::int - 1) AS raw
    FROM ROWS FROM (json_to_recordset(items) AS ({{record}})) WITH ORDINALITY i
    WHERE taken_ordinals IS NULL OR NOT i.ordinality::int = ANY (taken_ordinals)
    ORDER BY i."$k", i."$v"
  LOOP
    ordinal := item.ordinality;
    kept_out := 0;
    IF item."$v" > horizon THEN
      PERFORM sync.park({{entity}}, item.raw, 'future_version', NULL, NULL, NULL);
      outcome := 'parked'; reason := 'future_version';
      RETURN NEXT;
      CONTINUE;
    END IF;
    LOOP
      SELECT t.version, t.origin, t.vector INTO current FROM {{table}} t WHERE t.{{key}} = item."$k" FOR UPDATE;
      SELECT g.version, g.origin, g.vector, g.home INTO grave FROM sync.tombstone g WHERE g.entity = {{entity}} AND g.key = item."$k"::text FOR UPDATE;
      -- Asked after the look for the tombstone: whoever collected it since has raised the version.
      IF current.version IS NULL AND grave.version IS NULL AND item."$v" <= sync.collected_version() THEN
        IF item."$d" THEN
          outcome := 'stale'; reason := 'below_horizon';
          EXIT;
        ELSIF NOT sync.is_admitted({{entity}}, item."$k"::text, item."$v", item."$o") THEN
          PERFORM sync.park({{entity}}, item.raw, 'below_horizon', NULL, NULL, NULL);
          outcome := 'parked'; reason := 'below_horizon';
          EXIT;
        END IF;
      END IF;
      IF item."$d" AND current.version IS NULL AND alone IS NOT TRUE
        AND (grave.version IS NULL OR NOT sync.covers(grave.version, grave.origin, grave.vector, item."$v", item."$o")) THEN
        IF alone IS NULL THEN
          alone := sync.lock_alone({{lock}});
          -- Now that nobody inserts any more, look again.
          CONTINUE WHEN alone;
        END IF;
        PERFORM sync.park({{entity}}, item.raw, 'busy', NULL, NULL, NULL);
        outcome := 'parked'; reason := 'busy';
        EXIT;
      END IF;
      settled := current;
      IF current.version IS NULL OR (grave.version, grave.origin) > (current.version, current.origin) THEN
        settled := grave;
      END IF;
      outcome := 'applied'; reason := NULL;
      IF settled.version IS NOT NULL AND NOT sync.covers(item."$v", item."$o", item."$w", settled.version, settled.origin) THEN
        IF sync.covers(settled.version, settled.origin, settled.vector, item."$v", item."$o") THEN
          outcome := 'stale'; reason := 'superseded';
          EXIT;
        END IF;
        outcome := 'conflict';
        IF (item."$v", item."$o" COLLATE "C") < (settled.version, settled.origin COLLATE "C") THEN
          reason := 'lost';
          PERFORM sync.record_conflict({{entity}}, item."$k"::text,
            coalesce((SELECT r.item::jsonb FROM sync.{{function}}_live(item."$k") r WHERE r.version = settled.version AND r.origin = settled.origin),
              sync.grave_item(item."$k"::text, settled.version, settled.origin, settled.vector)),
            item.raw::jsonb);
          EXIT;
        END IF;
        reason := 'won';
      ELSIF settled.version = item."$v" AND settled.origin = item."$o" THEN
        outcome := 'stale'; reason := 'duplicate';
        -- Who sends a deletion has it.
        IF item."$d" THEN
          UPDATE sync.tombstone g SET confirmed_at = clock_timestamp()
          WHERE g.entity = {{entity}} AND g.key = item."$k"::text AND g.confirmed_at IS NULL;
        END IF;
        EXIT;
      END IF;
      IF item."$d" IS NOT TRUE THEN
        {{park_orphan}}
      END IF;
      IF outcome = 'conflict' THEN
        PERFORM sync.record_conflict({{entity}}, item."$k"::text, item.raw::jsonb,
          coalesce((SELECT r.item::jsonb FROM sync.{{function}}_live(item."$k") r WHERE r.version = settled.version AND r.origin = settled.origin),
            sync.grave_item(item."$k"::text, settled.version, settled.origin, settled.vector)));
      END IF;
      IF item."$d" THEN
        DELETE FROM {{table}} t WHERE t.{{key}} = item."$k" RETURNING {{home}} INTO kept;
        PERFORM sync.refused_by_trigger({{entity}}) WHERE NOT FOUND AND current.version IS NOT NULL;
        INSERT INTO sync.tombstone AS g (entity, key, version, origin, vector, confirmed_at, home)
        VALUES ({{entity}}, item."$k"::text, item."$v", item."$o", item."$w", clock_timestamp(), kept)
        ON CONFLICT (entity, key) DO UPDATE SET version = excluded.version, origin = excluded.origin, vector = excluded.vector,
          confirmed_at = excluded.confirmed_at, home = coalesce(g.home, excluded.home);
      ELSE
        IF current.version IS NULL AND grave.home IS NOT NULL AND sync.insert_kept({{entity}}, item.raw, grave.home) THEN
          NULL;
        ELSIF current.version IS NULL THEN
          INSERT INTO {{table}} ({{key}}, {{columns}}, version, origin, vector)
          VALUES (item."$k", {{item_columns}}, item."$v", item."$o", item."$w")
          ON CONFLICT ({{key}}) DO NOTHING;
          IF NOT FOUND THEN
            -- Somebody inserted it meanwhile: look again, now that it can be locked. Nobody is there time and again where a trigger keeps it out.
            kept_out := kept_out + 1;
            PERFORM sync.refused_by_trigger({{entity}}) WHERE kept_out > 3;
            CONTINUE;
          END IF;
          PERFORM sync.{{function}}_restore(item."$k"::text, grave.home) WHERE grave.home IS NOT NULL;
        ELSE
          UPDATE {{table}} t SET {{item_assignments}}, version = item."$v", origin = item."$o", vector = item."$w"
          WHERE t.{{key}} = item."$k";
          PERFORM sync.refused_by_trigger({{entity}}) WHERE NOT FOUND;
        END IF;
        DELETE FROM sync.tombstone g WHERE g.entity = {{entity}} AND g.key = item."$k"::text;
      END IF;
      EXIT;
    END LOOP;
    IF outcome <> 'parked' THEN
      DELETE FROM sync.parked p WHERE p.entity = {{entity}} AND p.key = item."$k"::text AND p.version <= item."$v";
    END IF;
    RETURN NEXT;
  END LOOP;
END $body$
$template$);

-- A row that is locked, and yet cannot be written: a BEFORE trigger has answered NULL. That it was applied cannot be said.
CREATE FUNCTION sync.refused_by_trigger(of_entity text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a trigger of % passes a row over', of_entity USING ERRCODE = 'raise_exception';
END $$;
REVOKE ALL ON FUNCTION sync.refused_by_trigger FROM PUBLIC;

-- The only way in. The setting lives for this call: an error takes it back with the transaction. (A SET clause on the function would need
-- a right on the parameter that managed PostgreSQL gives nobody.)
INSERT INTO sync.template VALUES ('apply', 6, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_apply(items json, carried text[] DEFAULT {{crossing}}) RETURNS TABLE (ordinal int, outcome text, reason text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  -- Decided once a call: items that carry just the columns of this table, in its order, are taken as they are. Where it is not known, they are looked into.
  IF carried IS DISTINCT FROM {{crossing}} THEN
    items := sync.fit_items({{entity}}, items);
  END IF;
  PERFORM set_config('sync.applying', 'on', true);
  RETURN QUERY SELECT * FROM sync.{{function}}_settle(items);
  PERFORM set_config('sync.applying', 'off', true);
END $body$
$template$);

-- Takes an entity's lock against everybody who inserts. They may be long: then it gives up, and the item waits instead of all the others.
CREATE FUNCTION sync.lock_alone(entity_lock int8) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  before text := current_setting('lock_timeout');
BEGIN
  PERFORM set_config('lock_timeout', '200ms', true);
  PERFORM pg_advisory_xact_lock(entity_lock);
  PERFORM set_config('lock_timeout', before, true);
  RETURN true;
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
  RETURN false;
END $$;

-- A deletion that came for a row which others here still need: the row is written again, having seen the deletion, and goes back to where it was
-- deleted. The children there, which wait for it, come to life with it.
INSERT INTO sync.template VALUES ('revive', 8, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_revive(item json) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  own text := sync.origin();
  wanted {{key_type}} := (item ->> '$k')::{{key_type}};
  grave_version int8 := (item ->> '$v')::int8;
  revived int8;
BEGIN
  PERFORM set_config('sync.applying', 'on', true);
  UPDATE {{table}} t SET
    version = greatest(sync.tick(), t.version + 1, grave_version + 1),
    origin = own,
    vector = sync.join_vectors(sync.seen(own, t.version, t.origin, t.vector), sync.seen(own, grave_version, item ->> '$o', (item -> '$w')::jsonb))
  WHERE t.{{key}} = wanted RETURNING t.version INTO revived;
  PERFORM set_config('sync.applying', 'off', true);
  DELETE FROM sync.parked p WHERE p.entity = {{entity}} AND p.key = wanted::text AND p.version <= grave_version;
  IF revived IS NULL THEN
    RETURN;
  END IF;
  INSERT INTO sync.outbox (entity, pointers, size) VALUES ({{entity}}, '[' || sync.pointer(wanted::text, revived) || ']', 1);
  PERFORM sync.record_conflict({{entity}}, wanted::text, (SELECT r.item::jsonb FROM sync.{{function}}_live(wanted) r), item::jsonb);
END $body$
$template$);

-- The live row alone, as an item: what a conflict record keeps of it.
INSERT INTO sync.template VALUES ('live', 5, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_live(wanted {{key_type}}) RETURNS TABLE (version int8, origin text, item text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $body$
  SELECT t.version, t.origin, json_build_object('$k', t.{{key}}::text, '$v', t.version::text, '$o', t.origin, '$w', t.vector, {{read_columns}})::text
  FROM {{table}} t WHERE t.{{key}} = wanted
$body$
$template$);

CREATE FUNCTION sync.grave_item(key text, version int8, origin text, vector jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN jsonb_build_object('$k', key, '$v', version::text, '$o', origin, '$w', vector, '$d', true);

CREATE FUNCTION sync.record_conflict(of_entity text, of_key text, winner jsonb, loser jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  greater jsonb := winner;
  lesser jsonb := loser;
BEGIN
  -- Whoever calls, the record tells the order that both regions agree on.
  IF ((loser ->> '$v')::int8, (loser ->> '$o') COLLATE "C") > ((winner ->> '$v')::int8, (winner ->> '$o') COLLATE "C") THEN
    greater := loser;
    lesser := winner;
  END IF;
  INSERT INTO sync.conflict (entity, key, winner_version, winner_origin, winner, loser_version, loser_origin, loser, rule)
  VALUES (of_entity, of_key, (greater ->> '$v')::int8, greater ->> '$o', greater, (lesser ->> '$v')::int8, lesser ->> '$o', lesser, 'row-last-writer-wins')
  ON CONFLICT (entity, key, part, loser_version, loser_origin) DO NOTHING;
END $$;
