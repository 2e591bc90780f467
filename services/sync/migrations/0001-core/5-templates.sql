-- The functions that make_synced generates for a table, as templates: {{name}} stands for what differs. Those of the rule 'row' are for every table,
-- unless the table's own rule has one of the same name.
CREATE TABLE sync.template (name text, ordinal int NOT NULL, body text NOT NULL, rule text NOT NULL DEFAULT 'row', PRIMARY KEY (name, rule));

CREATE FUNCTION sync.render(body text, parts jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  part record;
BEGIN
  FOR part IN SELECT key, value FROM jsonb_each_text(parts) LOOP
    body := replace(body, '{{' || part.key || '}}', part.value);
  END LOOP;
  IF body ~ '\{\{[a-z_]+\}\}' THEN
    RAISE EXCEPTION 'template part % has no value', substring(body FROM '\{\{[a-z_]+\}\}');
  END IF;
  RETURN body;
END $$;

INSERT INTO sync.template VALUES ('stamp', 1, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_stamp() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
  own text := sync.origin();
  grave record;
BEGIN
  IF sync.is_applying() THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    SELECT g.version, g.origin, g.vector INTO grave FROM sync.tombstone g WHERE g.entity = {{entity}} AND g.key = NEW.{{key}}::text;
    IF FOUND THEN
      NEW.version := greatest(sync.tick(), grave.version + 1);
      NEW.vector := sync.seen(own, grave.version, grave.origin, grave.vector);
    ELSE
      NEW.version := sync.tick();
      NEW.vector := '{}';
    END IF;
  ELSE
    IF NEW.{{key}} IS DISTINCT FROM OLD.{{key}} THEN
      RAISE EXCEPTION 'the key of % cannot change', {{entity}} USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NOT ({{changed}}) THEN
      NEW.version := OLD.version; NEW.origin := OLD.origin; NEW.vector := OLD.vector;
      RETURN NEW;
    END IF;
    NEW.version := greatest(sync.tick(), OLD.version + 1);
    IF OLD.origin = own THEN
      NEW.vector := OLD.vector;
    ELSE
      NEW.vector := sync.seen(own, OLD.version, OLD.origin, OLD.vector);
    END IF;
  END IF;
  NEW.origin := own;
  RETURN NEW;
END $body$
$template$);

-- A tombstone without a row, written while somebody inserts that very row and has not committed, would be seen by neither. So inserts hold a
-- shared lock of their entity until they commit, and who writes such a tombstone takes it exclusively. It comes before the first row is
-- stamped: whoever waited here sees the tombstone when it stamps.
INSERT INTO sync.template VALUES ('announce', 7, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_announce() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  -- An older snapshot would not see a tombstone that was committed since, however it waits.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'rows of % are inserted under READ COMMITTED', {{entity}} USING ERRCODE = 'feature_not_supported';
  END IF;
  PERFORM pg_advisory_xact_lock_shared({{lock}});
  -- For the stamp of each row: without a tombstone there is none to look for. One that comes later waits for our lock, or its row does for ours.
  PERFORM set_config('sync.graves_{{function}}', CASE WHEN EXISTS (SELECT FROM sync.tombstone g WHERE g.entity = {{entity}}) THEN 'some' ELSE 'none' END, true);
  RETURN NULL;
END $body$
$template$);

INSERT INTO sync.template VALUES ('capture', 2, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_capture() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  IF sync.is_applying() THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'INSERT' THEN
    -- Looked at again, with a snapshot of now: a tombstone may have come since the first row was stamped.
    IF EXISTS (SELECT FROM sync.tombstone g WHERE g.entity = {{entity}}) THEN
      -- The row was deleted by somebody for whom this insert waited, under a stamp ahead of our clock: ours was given without having seen it.
      IF EXISTS (SELECT FROM sync.tombstone g JOIN new_rows n ON g.entity = {{entity}} AND g.key = n.{{key}}::text AND g.version >= n.version) THEN
        RAISE EXCEPTION 'a row of % was deleted meanwhile; try again', {{entity}} USING ERRCODE = 'serialization_failure';
      END IF;
      DELETE FROM sync.tombstone g USING new_rows n WHERE g.entity = {{entity}} AND g.key = n.{{key}}::text AND g.version < n.version;
    END IF;
    -- What most statements change fits one outbox row, and needs no chunks.
    INSERT INTO sync.outbox (entity, {{held}}, size) SELECT {{entity}}, {{gathered}}, count(*)
    FROM (SELECT n.{{key}} AS key, n.version FROM new_rows n) p
    HAVING count(*) BETWEEN 1 AND 500;
    IF NOT FOUND THEN
      INSERT INTO sync.outbox (entity, {{held}}, size) SELECT {{entity}}, {{gathered}}, count(*)
      FROM (SELECT n.{{key}} AS key, n.version, (row_number() OVER () - 1) / 500 AS chunk FROM new_rows n) p
      GROUP BY chunk;
    END IF;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO sync.outbox (entity, {{held}}, size) SELECT {{entity}}, {{gathered}}, count(*)
    FROM (SELECT n.{{key}} AS key, n.version FROM new_rows n JOIN old_rows o ON o.{{key}} = n.{{key}} AND n.version <> o.version) p
    HAVING count(*) BETWEEN 1 AND 500;
    IF NOT FOUND THEN
      INSERT INTO sync.outbox (entity, {{held}}, size) SELECT {{entity}}, {{gathered}}, count(*)
      FROM (
        SELECT n.{{key}} AS key, n.version, (row_number() OVER () - 1) / 500 AS chunk
        FROM new_rows n JOIN old_rows o ON o.{{key}} = n.{{key}} AND n.version <> o.version
      ) p
      GROUP BY chunk;
    END IF;
  ELSE
    WITH graves AS (
      INSERT INTO sync.tombstone AS g (entity, key, version, origin, vector, home)
      SELECT {{entity}}, t.{{key}}::text, greatest(sync.tick(), t.version + 1), sync.origin(), sync.seen(sync.origin(), t.version, t.origin, t.vector), {{home}}
      FROM old_rows t
      ON CONFLICT (entity, key) DO UPDATE SET version = greatest(excluded.version, g.version + 1), origin = excluded.origin, confirmed_at = NULL,
        vector = sync.seen(sync.origin(), g.version, g.origin, excluded.vector), home = excluded.home
      RETURNING g.key, g.version
    )
    INSERT INTO sync.outbox (entity, pointers, size)
    SELECT {{entity}}, '[' || string_agg(pointer, ',') || ']', count(*)
    FROM (SELECT sync.pointer(g.key, g.version) AS pointer, (row_number() OVER () - 1) / 500 AS chunk FROM graves g) p
    GROUP BY chunk;
  END IF;
  RETURN NULL;
END $body$
$template$);

INSERT INTO sync.template VALUES ('read', 3, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_read(keys text[]) RETURNS TABLE (key text, version int8, item text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $body$
  SELECT k.key,
    CASE WHEN live.rules THEN t.version ELSE g.version END,
    CASE WHEN live.rules
      THEN json_build_object('$k', k.key, '$v', t.version::text, '$o', t.origin, '$w', t.vector, {{read_columns}})::text
      ELSE json_build_object('$k', k.key, '$v', g.version::text, '$o', g.origin, '$w', g.vector, '$d', true)::text
    END
  FROM unnest(keys) AS k(key)
  LEFT JOIN {{table}} t ON t.{{key}} = k.key::{{key_type}}
  LEFT JOIN sync.tombstone g ON g.entity = {{entity}} AND g.key = k.key
  CROSS JOIN LATERAL (SELECT t.{{key}} IS NOT NULL AND (g.key IS NULL OR (t.version, t.origin) >= (g.version, g.origin)) AS rules) live
  WHERE t.{{key}} IS NOT NULL OR g.key IS NOT NULL
$body$
$template$);
