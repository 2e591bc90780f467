-- Columns that stay home, over a deletion. A tombstone keeps what they held (`home`); where apply brings the row back, they are put back. What is kept
-- may be older than the table: names that are not there any more, or that cross by now, are passed over; what does not fit any more is given up by
-- name, and stops no row.

-- The columns that stay home, of which a tombstone may keep something.
CREATE FUNCTION sync.home_columns(declared jsonb) RETURNS text[] LANGUAGE sql STABLE
RETURN ARRAY(
  SELECT a.attname::text FROM pg_attribute a
  WHERE a.attrelid = (declared ->> 'entity')::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity <> 'a'
    AND NOT declared -> 'crossing' ? a.attname::text AND a.attname <> ALL (ARRAY[declared ->> 'key', 'version', 'origin', 'vector', 'parts'])
  ORDER BY a.attnum);

-- What the templates need of them: {{home}} is what a tombstone keeps of the row `t`, {{home_assignments}} put it back, {{home_first}} asks whether
-- the tombstone `g` has to be looked at before the row is inserted.
CREATE FUNCTION sync.home_pieces(declared jsonb) RETURNS jsonb LANGUAGE sql STABLE
RETURN (
  SELECT CASE WHEN count(*) = 0 THEN jsonb_build_object('home', 'NULL::jsonb', 'home_first', 'false', 'home_assignments', format('%1$I = t.%1$I', declared ->> 'key'))
    ELSE jsonb_build_object(
      'home', format('CASE WHEN num_nonnulls(%s) > 0 THEN jsonb_build_object(%s) END', string_agg(format('t.%I', h), ', '), string_agg(format('%L, t.%I', h, h), ', ')),
      'home_assignments', string_agg(format('%1$I = CASE WHEN home ? %1$L THEN kept.%1$I ELSE t.%1$I END', h), ', '),
      'home_first', CASE WHEN bool_or(a.attnotnull AND NOT a.atthasdef) THEN 'g.home IS NOT NULL' ELSE 'false' END) END
  FROM unnest(sync.home_columns(declared)) AS h JOIN pg_attribute a ON a.attrelid = (declared ->> 'entity')::regclass AND a.attname = h);

-- Inserts a row that comes back together with what its tombstone kept, for columns that must not be empty. False, and nothing done, where somebody has
-- inserted it meanwhile, or where the two do not go together.
CREATE FUNCTION sync.insert_kept(of_entity text, item json, home jsonb) RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  held sync.entity;
  inserted int;
BEGIN
  SELECT * INTO held FROM sync.entity e WHERE e.name = of_entity;
  EXECUTE (
    SELECT format('INSERT INTO %1$s (%2$I, version, origin, vector%3$s, %4$s)
        SELECT ($1 ->> ''$k'')::%5$s, ($1 ->> ''$v'')::int8, $1 ->> ''$o'', ($1 -> ''$w'')::jsonb%6$s, %7$s
        FROM json_populate_record(NULL::%1$s, $1) AS i, jsonb_populate_record(NULL::%1$s, $2) AS kept ON CONFLICT (%2$I) DO NOTHING',
      held.name::regclass, held.key_column, CASE WHEN by_parts THEN ', parts' ELSE '' END, string_agg(format('%I', c.name), ', '),
      (SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a WHERE a.attrelid = held.name::regclass AND a.attname = held.key_column),
      CASE WHEN by_parts THEN ', ($1 -> ''$p'')::jsonb' ELSE '' END, string_agg(format('%s.%I', c.source, c.name), ', '))
    FROM (SELECT held.policy -> 'merge' ->> 'rule' <> 'row' AS by_parts) rule, (
      SELECT 'i' AS source, jsonb_array_elements_text(held.policy -> 'crossing') AS name
      UNION ALL SELECT 'kept', n FROM unnest(sync.home_columns(held.policy)) AS n WHERE home ? n) c
    GROUP BY by_parts) USING item, home;
  GET DIAGNOSTICS inserted = ROW_COUNT;
  RETURN inserted = 1;
EXCEPTION WHEN data_exception OR integrity_constraint_violation OR raise_exception THEN
  RETURN false;
END $$;

-- Puts back what a tombstone kept into a row that is there again; column by column where not all of it fits.
INSERT INTO sync.template VALUES ('restore', 11, $template$
CREATE OR REPLACE FUNCTION sync.{{function}}_restore(of_key text, home jsonb) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
BEGIN
  UPDATE {{table}} t SET {{home_assignments}} FROM jsonb_populate_record(NULL::{{table}}, home) AS kept WHERE t.{{key}} = of_key::{{key_type}};
EXCEPTION WHEN data_exception OR integrity_constraint_violation OR raise_exception THEN
  PERFORM sync.restore_home({{entity}}, of_key, home);
END $body$
$template$);

CREATE FUNCTION sync.restore_home(of_entity text, of_key text, home jsonb) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  held sync.entity;
  key_is text;
  kept text;
BEGIN
  SELECT * INTO held FROM sync.entity e WHERE e.name = of_entity;
  SELECT format('t.%I = $1::%s', a.attname, format_type(a.atttypid, a.atttypmod)) INTO key_is
  FROM pg_attribute a WHERE a.attrelid = held.name::regclass AND a.attname = held.key_column;
  FOR kept IN SELECT n FROM unnest(sync.home_columns(held.policy)) AS n WHERE home ? n LOOP
    BEGIN
      EXECUTE format('UPDATE %1$s t SET %2$I = (jsonb_populate_record(NULL::%1$s, jsonb_build_object(%2$L, $2 -> %2$L))).%2$I WHERE %3$s',
        held.name::regclass, kept, key_is) USING of_key, home;
    EXCEPTION WHEN data_exception OR integrity_constraint_violation OR raise_exception THEN
      EXECUTE format('INSERT INTO sync.dead_letter (entity, key, version, reason)
        SELECT $2, $1, t.version, ''unfit_column'' FROM %s t WHERE %s ON CONFLICT DO NOTHING', held.name::regclass, key_is) USING of_key, of_entity;
    END;
  END LOOP;
END $$;

REVOKE ALL ON FUNCTION sync.home_columns, sync.home_pieces, sync.insert_kept, sync.restore_home FROM PUBLIC;
