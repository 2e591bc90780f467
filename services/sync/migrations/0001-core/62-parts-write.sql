-- What a local write does to a row that is merged by parts. These templates stand in for the row rule's of the same name.

-- The stamp of the row is also the stamp of each group that the write changes, and of the row's being alive.
INSERT INTO sync.template VALUES ('stamp', 1, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_stamp() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  own text := sync.origin();
  region text := split_part(own, '#', 1);
  grave record;
  held jsonb := '{}';
BEGIN
  IF sync.is_applying() THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    SELECT g.version, g.origin, g.vector, g.held INTO grave FROM sync.tombstone g WHERE g.entity = {{entity}} AND g.key = NEW.{{key}}::text;
    IF FOUND THEN
      held := grave.held -> '$p';
      NEW.version := greatest(sync.tick(), grave.version + 1);
      NEW.vector := sync.seen(own, grave.version, grave.origin, grave.vector);
    ELSE
      NEW.version := sync.tick();
      NEW.vector := '{}';
    END IF;
    {{guard_insert}}
    NEW.parts := held;
    {{stamp_insert}}
  ELSE
    IF NEW.{{key}} IS DISTINCT FROM OLD.{{key}} THEN
      RAISE EXCEPTION 'the key of % cannot change', {{entity}} USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NOT ({{changed}}) THEN
      NEW.version := OLD.version; NEW.origin := OLD.origin; NEW.vector := OLD.vector; NEW.parts := OLD.parts;
      RETURN NEW;
    END IF;
    {{guard_update}}
    NEW.version := greatest(sync.tick(), OLD.version + 1);
    IF OLD.origin = own THEN
      NEW.vector := OLD.vector;
    ELSE
      NEW.vector := sync.seen(own, OLD.version, OLD.origin, OLD.vector);
    END IF;
    NEW.parts := OLD.parts;
    {{stamp_update}}
  END IF;
  NEW.parts := sync.stamp_part(NEW.parts, '$alive', {{life_rank_new}}, NEW.version, own);
  NEW.origin := own;
  RETURN NEW;
END $body$
$template$, 'parts');

INSERT INTO sync.template VALUES ('capture', 2, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_capture() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  own text := sync.origin();
  region text := split_part(own, '#', 1);
  deleted int8;
  buried int8;
BEGIN
  IF sync.is_applying() THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'INSERT' THEN
    -- The row builds on the tombstone that its stamp saw. Another one, or one that sync has joined with more since, is a reason to try again.
    DELETE FROM sync.tombstone g USING new_rows n
    WHERE g.entity = {{entity}} AND g.key = n.{{key}}::text AND n.parts -> '$grave' = g.held -> '$p' -> '$grave'
      AND sync.includes(n.version, n.origin, n.vector, g.version, g.origin, g.vector);
    IF EXISTS (SELECT FROM sync.tombstone g JOIN new_rows n ON g.entity = {{entity}} AND g.key = n.{{key}}::text) THEN
      RAISE EXCEPTION 'a row of % was deleted meanwhile; try again', {{entity}} USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO sync.outbox (entity, pointers, size)
    SELECT {{entity}}, '[' || string_agg(pointer, ',') || ']', count(*)
    FROM (SELECT sync.pointer(n.{{key}}::text, n.version) AS pointer, (row_number() OVER () - 1) / 500 AS chunk FROM new_rows n) p
    GROUP BY chunk;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO sync.outbox (entity, pointers, size)
    SELECT {{entity}}, '[' || string_agg(pointer, ',') || ']', count(*)
    FROM (
      SELECT sync.pointer(n.{{key}}::text, n.version) AS pointer, (row_number() OVER () - 1) / 500 AS chunk
      FROM new_rows n JOIN old_rows o ON o.{{key}} = n.{{key}} WHERE n.version <> o.version
    ) p
    GROUP BY chunk;
  ELSE
    {{guard_delete}}
    SELECT count(*) INTO deleted FROM old_rows;
    -- The tombstone holds what was deleted, in parts: a revival joins with it.
    WITH graves AS (
      INSERT INTO sync.tombstone AS g (entity, key, version, origin, vector, home, held)
      SELECT {{entity}}, t.{{key}}::text, s.version, own, sync.seen(own, t.version, t.origin, t.vector), {{home}},
        jsonb_build_object({{read_columns}}, '$p', sync.stamp_part(t.parts, '$grave', {{life_rank_t}}, s.version, own))
      FROM old_rows t CROSS JOIN LATERAL (SELECT greatest(sync.tick(), t.version + 1) AS version OFFSET 0) s
      ON CONFLICT (entity, key) DO NOTHING
      RETURNING g.key, g.version
    ), chunks AS (
      INSERT INTO sync.outbox (entity, pointers, size)
      SELECT {{entity}}, '[' || string_agg(pointer, ',') || ']', count(*)
      FROM (SELECT sync.pointer(g.key, g.version) AS pointer, (row_number() OVER () - 1) / 500 AS chunk FROM graves g) p
      GROUP BY chunk
      RETURNING size
    )
    SELECT coalesce(sum(size), 0) INTO buried FROM chunks;
    IF buried <> deleted THEN
      RAISE EXCEPTION 'a row of % was deleted meanwhile; try again', {{entity}} USING ERRCODE = 'serialization_failure';
    END IF;
  END IF;
  RETURN NULL;
END $body$
$template$, 'parts');
