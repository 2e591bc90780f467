-- Two rows that claim one value of a UNIQUE constraint, each written in a region of its own: who holds it, and the new name of who loses it.

-- The row that holds what `item` claims under the UNIQUE constraint (or index) `of_constraint`, and the column that the policy renames on a loser.
-- None where it has moved on meanwhile, or where the index is over an expression.
CREATE FUNCTION sync.find_holder(of_entity text, item json, of_constraint text, OUT key text, OUT version int8, OUT origin text, OUT rename text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  held sync.entity;
  claimed text[];
  claims text;
  alike text;
  within text;
BEGIN
  SELECT * INTO held FROM sync.entity e WHERE e.name = of_entity;
  SELECT array_agg(a.attname::text), string_agg(format('%I %s', a.attname, sync.plain_type(a.atttypid, a.atttypmod)), ', '),
    string_agg(format(CASE WHEN i.indnullsnotdistinct THEN 't.%1$I IS NOT DISTINCT FROM n.%1$I' ELSE 't.%1$I = n.%1$I' END, a.attname), ' AND '),
    min(coalesce(pg_get_expr(i.indpred, i.indrelid), 'true'))
  INTO claimed, claims, alike, within
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(n, place)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.n
  -- Columns that an index only includes are not claimed.
  WHERE i.indrelid = held.name::regclass AND c.relname = of_constraint AND i.indisunique AND i.indexprs IS NULL AND k.place <= i.indnkeyatts;
  IF claimed IS NULL THEN
    RETURN;
  END IF;
  EXECUTE format('SELECT t.%1$I::text, t.version, t.origin FROM (SELECT * FROM %2$s WHERE %3$s) t, json_to_record($1) n(%4$s) WHERE %5$s AND t.%1$I::text <> $1 ->> ''$k'' LIMIT 1',
    held.key_column, held.name::regclass, within, claims, alike) INTO key, version, origin USING item;
  IF key IS NULL THEN
    RETURN;
  END IF;
  SELECT u ->> 'rename' INTO rename FROM jsonb_array_elements(held.policy -> 'uniques') u
  WHERE (SELECT array_agg(c ORDER BY c) FROM jsonb_array_elements_text(u -> 'columns') c) = (SELECT array_agg(c ORDER BY c) FROM unnest(claimed) c);
END $$;

-- Nothing is lost unseen: who lost the value, with the row that keeps it, both as items. The record stands under the loser's key.
CREATE FUNCTION sync.record_collision(of_entity text, winner jsonb, loser jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO sync.conflict (entity, key, winner_version, winner_origin, winner, loser_version, loser_origin, loser, rule)
  VALUES (of_entity, loser ->> '$k', (winner ->> '$v')::int8, winner ->> '$o', winner, (loser ->> '$v')::int8, loser ->> '$o', loser, 'unique-greater-key-loses')
  ON CONFLICT (entity, key, part, loser_version, loser_origin) DO NOTHING
$$;

CREATE FUNCTION sync.live_item(of_entity text, of_key text) RETURNS jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  found_item text;
BEGIN
  EXECUTE format('SELECT r.item FROM sync.%I(ARRAY[$1]) r', replace(of_entity, '.', '_') || '_read') INTO found_item USING of_key;
  RETURN found_item::jsonb;
END $$;

CREATE FUNCTION sync.record_lost_item(of_entity text, item json, holder_key text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT sync.record_collision(of_entity, held, item::jsonb) FROM sync.live_item(of_entity, holder_key) held WHERE held IS NOT NULL
$$;

-- The other region renamed `loser` (a stamp without contents) for the sake of the row `winner_key` here.
CREATE FUNCTION sync.record_lost_holder(of_entity text, winner_key text, loser jsonb) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT sync.record_collision(of_entity, held, loser) FROM sync.live_item(of_entity, winner_key) held WHERE held IS NOT NULL
$$;

-- Renames the loser of a collision by an ordinary write: stamped, and on its way to the other region like any other. The new name is made from the
-- old one and the key, so that whoever renames it, it is the same. False, and nothing done, where the row is not the one that lost any more, or
-- where the table does not let it be renamed: then the other row waits for an operator, or for this one to move.
CREATE FUNCTION sync.rename_loser(of_entity text, of_key text, of_column text, only_version int8, only_origin text, winner jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  held sync.entity;
  old_value text;
  loser jsonb;
  longest int;
  suffix text;
BEGIN
  SELECT * INTO held FROM sync.entity e WHERE e.name = of_entity;
  IF NOT EXISTS (SELECT FROM jsonb_array_elements(held.policy -> 'uniques') u WHERE u ->> 'rename' = of_column) THEN
    RETURN false;
  END IF;
  EXECUTE format('SELECT t.%I FROM %s t WHERE t.%I::text = $1 AND t.version = $2 AND t.origin = $3 FOR UPDATE', of_column, held.name::regclass, held.key_column)
    INTO old_value USING of_key, only_version, only_origin;
  IF old_value IS NULL THEN
    RETURN false;
  END IF;
  loser := sync.live_item(of_entity, of_key);
  SELECT CASE WHEN a.atttypmod > 4 THEN a.atttypmod - 4 ELSE 1000000000 END INTO longest
  FROM pg_attribute a WHERE a.attrelid = held.name::regclass AND a.attname = of_column;
  -- Eight digits tell keys apart as a rule; the whole hash does where they do not.
  FOREACH suffix IN ARRAY ARRAY['~' || left(md5(of_key), 8), '~' || md5(of_key)] LOOP
    BEGIN
      EXECUTE format('UPDATE %s SET %I = $2 WHERE %I::text = $1', held.name::regclass, of_column, held.key_column)
        USING of_key, left(old_value, greatest(0, longest - length(suffix))) || suffix;
      PERFORM sync.record_collision(of_entity, winner, loser);
      RETURN true;
    EXCEPTION WHEN OTHERS THEN
      -- The data's own rules: taken, a check, a trigger that refuses, a row that another region writes. Everything else is no answer.
      IF SQLSTATE !~ '^(22|23|P0|SY)' THEN
        RAISE;
      END IF;
    END;
  END LOOP;
  RETURN false;
END $$;

-- Raises where a policy's UNIQUE constraints are not the table's: `rename` is a crossing text column of theirs, and the check comes after the statement,
-- so that one statement may swap values between rows.
CREATE FUNCTION sync.check_uniques(declared jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  synced regclass := (declared ->> 'entity')::regclass;
  one jsonb;
BEGIN
  FOR one IN SELECT * FROM jsonb_array_elements(coalesce(declared -> 'uniques', '[]')) LOOP
    IF NOT (one -> 'columns') ? (one ->> 'rename') OR NOT (declared -> 'crossing') @> (one -> 'columns') THEN
      RAISE EXCEPTION 'the UNIQUE columns % of % must cross, and the one to rename be among them', one -> 'columns', synced
        USING ERRCODE = 'invalid_table_definition';
    ELSIF NOT EXISTS (SELECT FROM pg_attribute a
        WHERE a.attrelid = synced AND a.attname = one ->> 'rename' AND a.atttypid IN ('text'::regtype, 'varchar'::regtype)) THEN
      RAISE EXCEPTION '%.% is renamed after a collision, so it must be text', synced, one ->> 'rename' USING ERRCODE = 'invalid_table_definition';
    ELSIF NOT EXISTS (SELECT FROM pg_constraint c
        WHERE c.conrelid = synced AND c.contype = 'u' AND c.condeferrable AND NOT c.condeferred
          AND (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_attribute a WHERE a.attrelid = synced AND a.attnum = ANY (c.conkey))
            = (SELECT array_agg(u ORDER BY u) FROM jsonb_array_elements_text(one -> 'columns') u)) THEN
      RAISE EXCEPTION '% needs a constraint UNIQUE (%) DEFERRABLE INITIALLY IMMEDIATE', synced,
        (SELECT string_agg(u, ', ') FROM jsonb_array_elements_text(one -> 'columns') u) USING ERRCODE = 'invalid_table_definition';
    END IF;
  END LOOP;
END $$;

REVOKE ALL ON FUNCTION sync.check_uniques, sync.find_holder, sync.record_collision, sync.live_item, sync.record_lost_item, sync.record_lost_holder, sync.rename_loser FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.find_holder, sync.record_lost_item, sync.record_lost_holder, sync.rename_loser TO sync;
