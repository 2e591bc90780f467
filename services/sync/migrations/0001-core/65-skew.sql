-- Two versions of a table, while a deployment rolls: items carry columns that this database does not know yet, or lack some that it has.

-- What came of columns that are not here yet, under the stamp of the item that carried it: the last writer wins, whatever became of the row. When
-- make_synced is called with the column, the values move into the table, without a stamp: the other region holds them already.
CREATE TABLE sync.unknown_column (
  entity text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  -- Empty (not a JSON null) where the row was deleted since.
  value json,
  version int8 NOT NULL,
  origin text COLLATE "C" NOT NULL,
  PRIMARY KEY (entity, key, name)
);

-- A row that is deleted takes along what it had said of columns that are not known here. What is left holds back latecomers from before the deletion.
CREATE FUNCTION sync.forget_unknown_columns() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (SELECT FROM sync.unknown_column) THEN
    UPDATE sync.unknown_column u SET value = NULL, version = g.version, origin = g.origin
    FROM graves g WHERE u.entity = g.entity AND u.key = g.key AND (u.version, u.origin) <= (g.version, g.origin);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER forget_unknown_columns_insert AFTER INSERT ON sync.tombstone
  REFERENCING NEW TABLE AS graves FOR EACH STATEMENT EXECUTE FUNCTION sync.forget_unknown_columns();
CREATE TRIGGER forget_unknown_columns_update AFTER UPDATE ON sync.tombstone
  REFERENCING NEW TABLE AS graves FOR EACH STATEMENT EXECUTE FUNCTION sync.forget_unknown_columns();

-- Fits items to the table as it is here, for batches whose columns are not the table's own: what is not known is kept beside; what an item lacks, it
-- takes from the row that is held (locked until the transaction ends), or from the column's default. `$m` names what was taken, so that an item that
-- is parked takes it afresh.
CREATE FUNCTION sync.fit_items(of_entity text, items json) RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  held sync.entity;
  crossing text[];
  fallback json;
  fitted json;
BEGIN
  SELECT * INTO held FROM sync.entity e WHERE e.name = of_entity;
  crossing := ARRAY(SELECT jsonb_array_elements_text(held.policy -> 'crossing'));

  INSERT INTO sync.unknown_column AS u (entity, key, name, value, version, origin)
  SELECT DISTINCT ON (i.item ->> '$k', f.key) of_entity, i.item ->> '$k', f.key, f.value, (i.item ->> '$v')::int8, i.item ->> '$o'
  FROM json_array_elements(items) AS i(item) CROSS JOIN LATERAL json_each(i.item) AS f
  WHERE f.key !~ '^\$' AND i.item ->> '$k' IS NOT NULL AND i.item ->> '$o' IS NOT NULL AND i.item ->> '$d' IS DISTINCT FROM 'true'
    AND (i.item ->> '$v')::int8 <= sync.tick() + (600000::int8 << 16)
    AND NOT EXISTS (SELECT FROM pg_attribute a
      WHERE a.attrelid = held.name::regclass AND a.attname = f.key AND a.attnum > 0 AND NOT a.attisdropped)
    AND NOT EXISTS (SELECT FROM sync.tombstone g WHERE g.entity = of_entity AND g.key = i.item ->> '$k'
      AND (g.version, g.origin) >= ((i.item ->> '$v')::int8, i.item ->> '$o'))
  ORDER BY i.item ->> '$k', f.key, (i.item ->> '$v')::int8 DESC, i.item ->> '$o' COLLATE "C" DESC
  ON CONFLICT (entity, key, name) DO UPDATE SET value = excluded.value, version = excluded.version, origin = excluded.origin
  WHERE (excluded.version, excluded.origin) > (u.version, u.origin);

  EXECUTE (SELECT 'SELECT json_build_object(' || string_agg(format('%L, %s', c, coalesce(pg_get_expr(d.adbin, d.adrelid), 'NULL')), ', ') || ')'
    FROM unnest(crossing) c JOIN pg_attribute a ON a.attrelid = held.name::regclass AND a.attname = c
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum) INTO fallback;
  EXECUTE format('SELECT json_agg(s.item ORDER BY s.n) FROM (
      SELECT i.n, CASE WHEN m.missing IS NULL OR i.item ->> ''$d'' = ''true'' THEN i.item ELSE (
        SELECT json_object_agg(f.key, f.value) FROM (
          SELECT e.key, e.value FROM json_each(i.item) e WHERE e.key <> ALL (m.missing) AND e.key <> ''$m''
          UNION ALL SELECT e.key, e.value FROM json_each(coalesce(t.held, $2)) e WHERE e.key = ANY (m.missing)
          UNION ALL SELECT ''$m'', to_json(m.missing)) f) END AS item
      FROM json_array_elements($1) WITH ORDINALITY AS i(item, n)
      CROSS JOIN LATERAL (SELECT array_agg(c) AS missing FROM unnest($3) c
        WHERE NOT i.item::jsonb ? c OR coalesce((i.item -> ''$m'')::jsonb ? c, false)) m
      LEFT JOIN LATERAL (SELECT row_to_json(r.*) AS held FROM %1$s r WHERE m.missing IS NOT NULL AND r.%2$I = (i.item ->> ''$k'')::%3$s FOR UPDATE) t ON true
      OFFSET 0) s', held.name::regclass, held.key_column,
    (SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a WHERE a.attrelid = held.name::regclass AND a.attname = held.key_column))
    INTO fitted USING items, fallback, crossing;
  RETURN fitted;
END $$;

-- Moves what came of columns before they were there into the table. Called while the triggers do not know them yet: the rows keep their stamps.
CREATE FUNCTION sync.fold_unknown_columns(of_entity text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  synced regclass := of_entity::regclass;
  key_name text := (SELECT e.key_column FROM sync.entity e WHERE e.name = of_entity);
  learnt text;
  one record;
  statement text;
BEGIN
  FOR learnt IN
    SELECT DISTINCT u.name FROM sync.unknown_column u JOIN sync.entity e ON e.name = u.entity
    WHERE u.entity = of_entity AND e.policy -> 'crossing' ? u.name
  LOOP
    statement := format('UPDATE %1$s t SET %2$I = (json_populate_record(NULL::%1$s, json_build_object(%2$L, u.value))).%2$I
      FROM sync.unknown_column u WHERE u.entity = %4$L AND u.name = %2$L AND u.key = t.%3$I::text AND u.value IS NOT NULL', synced, learnt, key_name, of_entity);
    BEGIN
      EXECUTE statement;
    EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
      -- Some value does not fit the column: then one by one, and what does not fit is given up by name.
      FOR one IN SELECT u.key, u.version, u.origin FROM sync.unknown_column u WHERE u.entity = of_entity AND u.name = learnt LOOP
        BEGIN
          EXECUTE statement || ' AND u.key = $1' USING one.key;
        EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
          INSERT INTO sync.dead_letter (entity, key, version, reason) VALUES (of_entity, one.key, one.version, 'unfit_column') ON CONFLICT DO NOTHING;
        END;
      END LOOP;
    END;
    DELETE FROM sync.unknown_column u WHERE u.entity = of_entity AND u.name = learnt;
  END LOOP;
  -- A column that is here and stays home: what came under its name must not be here.
  DELETE FROM sync.unknown_column u USING pg_attribute a
  WHERE u.entity = of_entity AND a.attrelid = synced AND a.attname = u.name AND a.attnum > 0 AND NOT a.attisdropped;
END $$;

REVOKE ALL ON FUNCTION sync.forget_unknown_columns, sync.fit_items, sync.fold_unknown_columns FROM PUBLIC;
