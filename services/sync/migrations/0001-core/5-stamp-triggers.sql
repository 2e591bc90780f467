-- When a trigger function stamps a row, and when that is not needed: a call for each row is most of what capture costs a writer, so conditions, which
-- PostgreSQL evaluates itself, let it be called only where it has something to do. None of them trusts what a writer sets.

-- An edit of a row that was written here: the rest of its stamp stays.
CREATE FUNCTION sync.stamp_own() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := greatest(sync.tick(), OLD.version + 1);
  RETURN NEW;
END $$;

-- SQL that tells whether NEW differs from OLD in one of `columns`, which may be none. What "=" calls equal may be another value (an interval of 30 days and of a month, 1.0
-- and 1.00, texts under a collation that ignores case): such types are compared by their images. Cheap ones come first.
CREATE FUNCTION sync.changed_expression(synced regclass, columns text[]) RETURNS text LANGUAGE sql STABLE AS $$
  WITH compared AS (
    SELECT c, n, a.attlen < 0 AS is_long, (t.typname IN ('bool', 'int2', 'int4', 'int8', 'uuid', 'date', 'time', 'timestamp', 'timestamptz', 'bytea')
      OR t.typname IN ('text', 'varchar') AND coalesce(l.collisdeterministic, true)) AND t.typnamespace = 'pg_catalog'::regnamespace AS by_value
    FROM unnest(columns) WITH ORDINALITY AS u(c, n) JOIN pg_attribute a ON a.attrelid = synced AND a.attname = u.c
    JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_collation l ON l.oid = a.attcollation
  ), sides AS (
    SELECT by_value, string_agg(format('NEW.%I', c), ', ' ORDER BY is_long, n) AS new_side, string_agg(format('OLD.%I', c), ', ' ORDER BY is_long, n) AS old_side
    FROM compared GROUP BY by_value
  )
  SELECT coalesce(string_agg(CASE WHEN by_value THEN format('ROW(%s) IS DISTINCT FROM ROW(%s)', new_side, old_side)
    ELSE format('pg_catalog.record_image_ne(ROW(%s), ROW(%s))', new_side, old_side) END, ' OR ' ORDER BY by_value DESC), 'false') FROM sides
$$;

-- The type that a value of `column_type` is read as where the column may be lacking: a domain may refuse NULL.
CREATE FUNCTION sync.plain_type(column_type oid, modifier int) RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  WITH RECURSIVE base AS (
    SELECT column_type AS oid, modifier AS modifier
    UNION ALL SELECT t.typbasetype, t.typtypmod FROM base JOIN pg_type t ON t.oid = base.oid WHERE t.typtype = 'd'
  )
  SELECT format_type(b.oid, b.modifier) FROM base b JOIN pg_type t ON t.oid = b.oid WHERE t.typtype <> 'd'
$$;

-- (Re)makes the triggers that stamp the rows of a table. Their names sort last: other BEFORE triggers have had their say when the row is stamped.
CREATE FUNCTION sync.install_stamp(parts jsonb, by_parts boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF by_parts THEN
    EXECUTE sync.render('CREATE OR REPLACE TRIGGER zz_sync_stamp BEFORE INSERT OR UPDATE ON {{table}} FOR EACH ROW
      WHEN (NOT sync.is_applying()) EXECUTE FUNCTION sync.{{function}}_stamp()', parts);
    RETURN;
  END IF;
  -- An insert that names no stamp has a right one by default: this clock's, within the statement. Any other is replaced, and where the entity has
  -- tombstones the row's own is looked for.
  EXECUTE sync.render('CREATE OR REPLACE TRIGGER zz_sync_stamp_new BEFORE INSERT ON {{table}} FOR EACH ROW WHEN ((
      NEW.version >= sync.statement_tick() AND NEW.version <= sync.tick() AND NEW.origin = sync.origin() AND NEW.vector = ''{}''
      AND current_setting(''sync.graves_{{function}}'', true) = ''none''
    ) IS NOT TRUE AND NOT sync.is_applying())
    EXECUTE FUNCTION sync.{{function}}_stamp()', parts);
  -- What is more than an edit of our own row: a stamp or a key that the writer set, and edits of what came from the other side.
  EXECUTE sync.render('CREATE OR REPLACE TRIGGER zz_sync_stamp BEFORE UPDATE ON {{table}} FOR EACH ROW WHEN ((
      NEW.{{key}} = OLD.{{key}} AND NEW.version = OLD.version AND NEW.origin = OLD.origin AND NEW.vector = OLD.vector
      AND (OLD.origin = sync.origin() OR NOT ({{changed}}))
    ) IS NOT TRUE AND NOT sync.is_applying())
    EXECUTE FUNCTION sync.{{function}}_stamp()', parts);
  -- Its name comes after the other's: whatever that made of it, the version of an edit is above the old one.
  EXECUTE sync.render('CREATE OR REPLACE TRIGGER zz_sync_stamp_own BEFORE UPDATE ON {{table}} FOR EACH ROW WHEN (
      ({{changed}}) AND OLD.origin = sync.origin() AND NOT sync.is_applying())
    EXECUTE FUNCTION sync.stamp_own()', parts);
END $$;

REVOKE ALL ON FUNCTION sync.stamp_own, sync.install_stamp, sync.changed_expression, sync.plain_type FROM PUBLIC;
