-- Reading and applying rows that are merged by parts.

INSERT INTO sync.template VALUES ('read', 3, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_read(keys text[]) RETURNS TABLE (key text, version int8, item text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $body$
  SELECT k.key,
    CASE WHEN t.{{key}} IS NOT NULL THEN t.version ELSE g.version END,
    CASE WHEN t.{{key}} IS NOT NULL
      THEN json_build_object('$k', k.key, '$v', t.version::text, '$o', t.origin, '$w', t.vector, '$p', t.parts, {{read_columns}})::text
      ELSE sync.grave_state(k.key, g.version, g.origin, g.vector, g.held)::text
    END
  FROM unnest(keys) AS k(key)
  LEFT JOIN {{table}} t ON t.{{key}} = k.key::{{key_type}}
  LEFT JOIN sync.tombstone g ON g.entity = {{entity}} AND g.key = k.key
  WHERE t.{{key}} IS NOT NULL OR g.key IS NOT NULL
$body$
$template$, 'parts');

INSERT INTO sync.template VALUES ('live', 5, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_live(wanted {{key_type}}) RETURNS TABLE (version int8, origin text, item text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $body$
  SELECT t.version, t.origin,
    json_build_object('$k', t.{{key}}::text, '$v', t.version::text, '$o', t.origin, '$w', t.vector, '$p', t.parts, {{read_columns}})::text
  FROM {{table}} t WHERE t.{{key}} = wanted
$body$
$template$, 'parts');

CREATE FUNCTION sync.grave_state(key text, version int8, origin text, vector jsonb, held jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN sync.grave_item(key, version, origin, vector) || held;

-- What is held of a key, locked: its row, its tombstone, or NULL.
INSERT INTO sync.template VALUES ('held', 9, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_held(wanted {{key_type}}) RETURNS jsonb LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
DECLARE
  grave jsonb;
  live jsonb;
BEGIN
  PERFORM FROM {{table}} t WHERE t.{{key}} = wanted FOR UPDATE;
  SELECT sync.grave_state(g.key, g.version, g.origin, g.vector, g.held) INTO grave
  FROM sync.tombstone g WHERE g.entity = {{entity}} AND g.key = wanted::text FOR UPDATE;
  SELECT r.item::jsonb INTO live FROM sync.{{function}}_live(wanted) r;
  IF live IS NOT NULL AND grave IS NOT NULL THEN
    -- A local deletion that an upsert had to wait for.
    RETURN sync.join_states({{merge}}, live, grave);
  END IF;
  RETURN coalesce(live, grave);
END $body$
$template$, 'parts');

-- Puts a state in the place of what is held, which the caller has locked; `confirmed` says that the other region has the deletion too. False where somebody has inserted the row meanwhile: look again.
INSERT INTO sync.template VALUES ('put', 10, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_put(state jsonb, confirmed boolean) RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
DECLARE
  item record;
  kept jsonb;
BEGIN
  SELECT * INTO item FROM jsonb_to_record(state) AS i({{record}}, "$p" jsonb);
  IF item."$d" THEN
    DELETE FROM {{table}} t WHERE t.{{key}} = item."$k" RETURNING {{home}} INTO kept;
    PERFORM sync.refused_by_trigger({{entity}}) WHERE NOT FOUND AND EXISTS (SELECT FROM {{table}} t WHERE t.{{key}} = item."$k");
    INSERT INTO sync.tombstone AS g (entity, key, version, origin, vector, held, confirmed_at, home)
    VALUES ({{entity}}, item."$k"::text, item."$v", item."$o", item."$w", state - '{$k,$v,$o,$w,$d}'::text[],
      CASE WHEN confirmed THEN clock_timestamp() END, kept)
    ON CONFLICT (entity, key) DO UPDATE
    SET version = excluded.version, origin = excluded.origin, vector = excluded.vector, held = excluded.held, confirmed_at = excluded.confirmed_at,
      home = coalesce(g.home, excluded.home);
    RETURN true;
  END IF;
  SELECT g.home INTO kept FROM sync.tombstone g WHERE g.entity = {{entity}} AND g.key = item."$k"::text;
  UPDATE {{table}} t SET {{item_assignments}},
    version = item."$v", origin = item."$o", vector = item."$w", parts = item."$p"
  WHERE t.{{key}} = item."$k";
  IF NOT FOUND AND kept IS NOT NULL AND sync.insert_kept({{entity}}, state::json, kept) THEN
    kept := NULL;
  ELSIF NOT FOUND THEN
    INSERT INTO {{table}} ({{key}}, {{columns}}, version, origin, vector, parts)
    VALUES (item."$k", {{item_columns}}, item."$v", item."$o", item."$w", item."$p")
    ON CONFLICT ({{key}}) DO NOTHING;
    IF NOT FOUND THEN
      RETURN false;
    END IF;
  END IF;
  PERFORM sync.{{function}}_restore(item."$k"::text, kept) WHERE kept IS NOT NULL;
  DELETE FROM sync.tombstone g WHERE g.entity = {{entity}} AND g.key = item."$k"::text;
  RETURN true;
END $body$
$template$, 'parts');

-- As for whole rows: one guarded upsert takes what has seen all that it replaces, for there the join is the item itself. The rest is joined
-- one by one, under locks.
INSERT INTO sync.template VALUES ('settle', 4, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_settle(items json) RETURNS TABLE (ordinal int, outcome text, reason text)
LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
DECLARE
  horizon int8 := sync.tick() + (600000::int8 << 16);
  collected int8 := sync.collected_version();
  taken_ordinals int[];
  taken_keys text[];
  taken_versions int8[];
  arrived record;
  item record;
  wanted {{key_type}};
  state jsonb;
  held jsonb;
  joined jsonb;
  grave text;
  confirmed boolean;
  alone boolean;
  -- How often a row was kept out by nobody who can be seen.
  kept_out int;
BEGIN
  IF strpos(items::text, '"$d"') > 0 THEN
    PERFORM FROM json_to_recordset(items) AS i("$k" {{key_type}}, "$d" boolean)
    WHERE i."$d" AND NOT EXISTS (SELECT FROM {{table}} t WHERE t.{{key}} = i."$k")
      AND NOT EXISTS (SELECT FROM sync.tombstone g WHERE g.entity = {{entity}} AND g.key = i."$k"::text);
    IF FOUND THEN
      alone := sync.lock_alone({{lock}});
    END IF;
  END IF;

  WITH incoming AS MATERIALIZED (
    SELECT * FROM ROWS FROM (json_to_recordset(items) AS ({{record}}, "$p" jsonb)) WITH ORDINALITY
  ), chosen AS (
    SELECT DISTINCT ON (i."$k") i.*
    FROM incoming i
    WHERE i."$d" IS NOT TRUE AND i."$p" ? '$alive' AND i."$v" <= horizon AND i."$v" > collected AND {{parents_present}}
      AND NOT EXISTS (SELECT FROM sync.tombstone g WHERE g.entity = {{entity}} AND g.key = i."$k"::text)
    ORDER BY i."$k", i."$v" DESC, i."$o" COLLATE "C" DESC
  ), written AS (
    INSERT INTO {{table}} AS t ({{key}}, {{columns}}, version, origin, vector, parts)
    SELECT c."$k", {{incoming_columns}}, c."$v", c."$o", c."$w", c."$p" FROM chosen c ORDER BY c."$k"
    ON CONFLICT ({{key}}) DO UPDATE SET {{assignments}},
      version = excluded.version, origin = excluded.origin, vector = excluded.vector, parts = excluded.parts
    WHERE excluded.version > t.version
      AND sync.includes(excluded.version, excluded.origin, excluded.vector, t.version, t.origin, t.vector)
    RETURNING t.{{key}} AS key
  )
  SELECT array_agg(c.ordinality::int), array_agg(c."$k"::text), array_agg(c."$v")
  INTO taken_ordinals, taken_keys, taken_versions
  FROM chosen c WHERE (c."$k" IN (SELECT w.key FROM written w)) IS TRUE;

  IF taken_ordinals IS NOT NULL THEN
    IF sync.collected_version() <> collected THEN
      RAISE EXCEPTION 'tombstones were collected meanwhile; try again' USING ERRCODE = 'serialization_failure';
    END IF;
    -- A statement of its own: its snapshot sees a tombstone that a local DELETE left while the upsert waited for its lock.
    FOR grave IN SELECT g.key FROM sync.tombstone g WHERE g.entity = {{entity}} AND g.key = ANY (taken_keys) ORDER BY g.key LOOP
      joined := sync.{{function}}_held(grave::{{key_type}});
      PERFORM sync.record_part_conflicts({{entity}}, {{merge}}, sync.grave_state(g.key, g.version, g.origin, g.vector, g.held), r.item::jsonb)
      FROM sync.tombstone g, sync.{{function}}_live(grave::{{key_type}}) r WHERE g.entity = {{entity}} AND g.key = grave;
      PERFORM sync.{{function}}_put(joined, false);
    END LOOP;
    DELETE FROM sync.parked p USING unnest(taken_keys, taken_versions) AS x(key, version)
    WHERE p.entity = {{entity}} AND p.key = x.key AND p.version <= x.version;
    RETURN QUERY SELECT o, 'applied'::text, NULL::text FROM unnest(taken_ordinals) AS o;
    IF cardinality(taken_ordinals) = json_array_length(items) THEN
      RETURN;
    END IF;
  END IF;

  FOR arrived IN
    SELECT i.ordinality::int AS ordinal, i.raw FROM json_array_elements(items) WITH ORDINALITY AS i(raw, ordinality)
    WHERE taken_ordinals IS NULL OR NOT i.ordinality::int = ANY (taken_ordinals)
    ORDER BY i.raw ->> '$k', (i.raw ->> '$v')::int8
  LOOP
    ordinal := arrived.ordinal;
    state := arrived.raw::jsonb;
    wanted := (state ->> '$k')::{{key_type}};
    IF NOT coalesce(state -> '$p' ?| '{$alive,$grave}', false) THEN
      RAISE EXCEPTION 'an item of % without its parts', {{entity}} USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF (state ->> '$v')::int8 > horizon THEN
      PERFORM sync.park({{entity}}, arrived.raw, 'future_version', NULL, NULL, NULL);
      outcome := 'parked'; reason := 'future_version';
      RETURN NEXT;
      CONTINUE;
    END IF;
    kept_out := 0;
    LOOP
      held := sync.{{function}}_held(wanted);
      joined := CASE WHEN held IS NULL THEN state ELSE sync.join_states({{merge}}, held, state) END;
      IF held IS NULL AND (state ->> '$v')::int8 <= sync.collected_version() THEN
        IF joined ? '$d' THEN
          outcome := 'stale'; reason := 'below_horizon';
          EXIT;
        ELSIF NOT sync.is_admitted({{entity}}, wanted::text, (state ->> '$v')::int8, state ->> '$o') THEN
          PERFORM sync.park({{entity}}, arrived.raw, 'below_horizon', NULL, NULL, NULL);
          outcome := 'parked'; reason := 'below_horizon';
          EXIT;
        END IF;
      END IF;
      -- Who sends the deletion that rules has it.
      confirmed := state ? '$d' AND state -> '$p' -> '$grave' = joined -> '$p' -> '$grave';
      IF held IS NULL AND joined ? '$d' AND alone IS NOT TRUE THEN
        IF alone IS NULL THEN
          alone := sync.lock_alone({{lock}});
          CONTINUE WHEN alone;
        END IF;
        PERFORM sync.park({{entity}}, arrived.raw, 'busy', NULL, NULL, NULL);
        outcome := 'parked'; reason := 'busy';
        EXIT;
      END IF;
      IF held IS NOT NULL AND sync.includes((held ->> '$v')::int8, held ->> '$o', held -> '$w', (state ->> '$v')::int8, state ->> '$o', state -> '$w') THEN
        outcome := 'stale';
        reason := CASE WHEN held -> '$v' = state -> '$v' AND held -> '$o' = state -> '$o' THEN 'duplicate' ELSE 'superseded' END;
        IF confirmed THEN
          UPDATE sync.tombstone g SET confirmed_at = clock_timestamp() WHERE g.entity = {{entity}} AND g.key = wanted::text AND g.confirmed_at IS NULL;
        END IF;
        EXIT;
      END IF;
      IF NOT joined ? '$d' THEN
        SELECT i.*, arrived.raw AS raw INTO item FROM jsonb_to_record(joined) AS i({{record}});
        {{park_orphan}}
      END IF;
      IF NOT sync.{{function}}_put(joined, confirmed) THEN
        kept_out := kept_out + 1;
        PERFORM sync.refused_by_trigger({{entity}}) WHERE kept_out > 3;
        CONTINUE;
      END IF;
      reason := CASE WHEN held IS NOT NULL THEN sync.record_part_conflicts({{entity}}, {{merge}}, held, state) END;
      outcome := CASE WHEN reason IS NULL THEN 'applied' ELSE 'conflict' END;
      EXIT;
    END LOOP;
    IF outcome <> 'parked' THEN
      DELETE FROM sync.parked p WHERE p.entity = {{entity}} AND p.key = wanted::text AND p.version <= (state ->> '$v')::int8;
    END IF;
    RETURN NEXT;
  END LOOP;
END $body$
$template$, 'parts');

-- A deletion that came for a row which others here still need: the two are joined, and the row is stamped as alive after it.
INSERT INTO sync.template VALUES ('revive', 8, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_revive(item json) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  own text := sync.origin();
  wanted {{key_type}} := (item ->> '$k')::{{key_type}};
  deletion jsonb := item::jsonb;
  held jsonb;
  joined jsonb;
  revived int8;
BEGIN
  PERFORM set_config('sync.applying', 'on', true);
  held := sync.{{function}}_held(wanted);
  IF held IS NOT NULL AND NOT held ? '$d' THEN
    -- The deletion may be of a higher rank than what is held here: the row is alive with the rank of both.
    joined := sync.join_states({{merge}}, held, deletion);
    revived := greatest(sync.tick(), (held ->> '$v')::int8 + 1, (deletion ->> '$v')::int8 + 1);
    held := held || jsonb_build_object('$v', revived::text, '$o', own, '$w', sync.seen(own, (held ->> '$v')::int8, held ->> '$o', held -> '$w'),
      '$p', sync.stamp_part(held -> '$p', '$alive', {{life_rank_joined}}, revived, own));
    PERFORM sync.record_part_conflicts({{entity}}, {{merge}}, held, deletion);
    PERFORM sync.{{function}}_put(sync.join_states({{merge}}, held, deletion), false);
    INSERT INTO sync.outbox (entity, pointers, size) VALUES ({{entity}}, '[' || sync.pointer(wanted::text, revived) || ']', 1);
  END IF;
  PERFORM set_config('sync.applying', 'off', true);
  DELETE FROM sync.parked p WHERE p.entity = {{entity}} AND p.key = wanted::text AND p.version <= (deletion ->> '$v')::int8;
END $body$
$template$, 'parts');

REVOKE ALL ON FUNCTION sync.grave_state FROM PUBLIC;
