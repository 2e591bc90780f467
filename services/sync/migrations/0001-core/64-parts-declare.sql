-- What make_synced asks of a merge rule, and how the rule becomes code.

-- {"groups": {<group>: [column...]}, "counters": [column...]} of a policy that merges by parts. One region's rows are one group.
CREATE FUNCTION sync.merge_parts(declared jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN CASE declared -> 'merge' ->> 'rule'
  WHEN 'home-region' THEN jsonb_build_object('groups', jsonb_build_object('home', declared -> 'crossing'), 'counters', '[]'::jsonb)
  ELSE jsonb_build_object('groups', (SELECT coalesce(jsonb_object_agg(key, value -> 'columns'), '{}') FROM jsonb_each(declared -> 'merge' -> 'groups')),
    'counters', coalesce(declared -> 'merge' -> 'counters', '[]'))
END;

-- Raises what is wrong with the merge rule of a policy.
CREATE FUNCTION sync.check_merge(declared jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  of_entity text := declared ->> 'entity';
  rule text := declared -> 'merge' ->> 'rule';
  merge jsonb;
  wrong text;
BEGIN
  IF rule = 'row' THEN
    RETURN;
  END IF;
  IF rule IS NULL OR rule NOT IN ('parts', 'home-region') THEN
    RAISE EXCEPTION '% has no merge rule that is known here', of_entity;
  END IF;
  merge := sync.merge_parts(declared);

  SELECT key INTO wrong FROM jsonb_object_keys(merge -> 'groups') AS key WHERE key !~ '^[a-z][a-z0-9_]*$' LIMIT 1;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION '%: "%" is no name for a group', of_entity, wrong;
  END IF;

  SELECT coalesce(c.name, g.name) INTO wrong
  FROM jsonb_array_elements_text(declared -> 'crossing') AS c(name)
  FULL JOIN (
    SELECT name FROM jsonb_each(merge -> 'groups') e, jsonb_array_elements_text(e.value) AS name
    UNION ALL SELECT jsonb_array_elements_text(merge -> 'counters')
  ) g ON g.name = c.name
  GROUP BY 1 HAVING count(c.name) <> 1 OR count(g.name) <> 1 LIMIT 1;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION '%: each column that crosses is in one group, or a counter, and nothing else is; "%" is not', of_entity, wrong;
  END IF;

  -- Sums over regions need room, and what both sides add to cannot be missing.
  SELECT c.name INTO wrong FROM jsonb_array_elements_text(merge -> 'counters') AS c(name)
  JOIN pg_attribute a ON a.attrelid = of_entity::regclass AND a.attname = c.name WHERE a.atttypid <> 'int8'::regtype OR NOT a.attnotnull LIMIT 1;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION '%: the counter "%" must be int8 NOT NULL', of_entity, wrong;
  END IF;

  SELECT e.key INTO wrong FROM jsonb_each(declared -> 'merge' -> 'groups') e
  LEFT JOIN pg_attribute a ON a.attrelid = of_entity::regclass AND a.attname = e.value -> 'ranks' ->> 'column'
  WHERE e.value ? 'ranks' AND (NOT e.value -> 'columns' ? (e.value -> 'ranks' ->> 'column') OR NOT a.attnotnull
    OR EXISTS (SELECT FROM jsonb_each(e.value -> 'ranks' -> 'order') o WHERE o.value::text !~ '^[0-9]{1,9}$')) LIMIT 1;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION '%: group "%" takes its rank from a NOT NULL column of its own, and ranks are whole numbers from 0', of_entity, wrong;
  END IF;

  IF rule = 'home-region' AND NOT EXISTS (
    SELECT FROM pg_attribute a WHERE a.attrelid = of_entity::regclass AND a.attname = declared -> 'merge' ->> 'column' AND a.attnotnull
      AND a.atttypid = 'text'::regtype AND declared -> 'crossing' ? a.attname::text)
  THEN
    RAISE EXCEPTION '%: the home region stands in a text NOT NULL column that crosses', of_entity;
  END IF;

  -- A join puts together what was never together: a condition over two parts could refuse it for ever.
  SELECT con.conname INTO wrong FROM pg_constraint con
  WHERE con.conrelid = of_entity::regclass AND con.contype = 'c' AND (
    EXISTS (SELECT FROM unnest(con.conkey) AS k JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k WHERE merge -> 'counters' ? a.attname::text)
    OR 1 < (SELECT count(DISTINCT e.key) FROM jsonb_each(merge -> 'groups') e, unnest(con.conkey) AS k
            JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k WHERE e.value ? a.attname::text)) LIMIT 1;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION '%: the constraint "%" is over a counter or over columns of several groups', of_entity, wrong
      USING HINT = 'Each side may keep to it and their join break it. Put the columns into one group; a counter has no floor.';
  END IF;
END $$;

-- What is synced keeps its rule: rows that both sides hold under different rules could not be compared. Columns and states may be added.
CREATE FUNCTION sync.check_same_merge(held jsonb, declared jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  places CONSTANT text := $places$
    SELECT 'column ' || c AS what, e.key AS place FROM jsonb_each(sync.merge_parts($1) -> 'groups') e, jsonb_array_elements_text(e.value) AS c
    UNION ALL SELECT 'column ' || c, '$counters' FROM jsonb_array_elements_text(sync.merge_parts($1) -> 'counters') AS c
    UNION ALL SELECT 'state ' || e.key || ' ' || o.key, o.value::text
      FROM jsonb_each($1 -> 'merge' -> 'groups') e, jsonb_each(e.value -> 'ranks' -> 'order') o
    UNION ALL SELECT 'ranks ' || e.key, e.value -> 'ranks' ->> 'column' FROM jsonb_each($1 -> 'merge' -> 'groups') e$places$;
  wrong text;
BEGIN
  IF held -> 'merge' ->> 'rule' <> declared -> 'merge' ->> 'rule' OR held -> 'merge' ->> 'column' <> declared -> 'merge' ->> 'column' THEN
    wrong := 'the rule';
  ELSIF declared -> 'merge' ->> 'rule' <> 'row' THEN
    EXECUTE format('SELECT a.what FROM (%s) a JOIN (%s) b ON b.what = a.what WHERE a.place IS DISTINCT FROM b.place LIMIT 1',
      places, replace(places, '$1', '$2')) INTO wrong USING held, declared;
  END IF;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION '%: % cannot be merged otherwise than before', declared ->> 'entity', wrong
      USING HINT = 'Make a new table, and move the rows.', ERRCODE = 'feature_not_supported';
  END IF;
END $$;

-- What the templates of the parts rule need besides: code that guards and stamps.
CREATE FUNCTION sync.merge_pieces(declared jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  merge jsonb := sync.merge_parts(declared);
  home text := declared -> 'merge' ->> 'column';
  is_home boolean := declared -> 'merge' ->> 'rule' = 'home-region';
  part record;
  counter text;
  rank text;
  on_insert text := '';
  on_update text := '';
  refusal text;
  pieces jsonb;
BEGIN
  FOR part IN
    SELECT g.key AS name, declared -> 'merge' -> 'groups' -> g.key -> 'ranks' AS ranks,
      sync.changed_expression((declared ->> 'entity')::regclass, ARRAY(SELECT jsonb_array_elements_text(g.value))) AS changed
    FROM jsonb_each(merge -> 'groups') g
  LOOP
    rank := CASE
      WHEN is_home THEN format($rank$CASE WHEN TG_OP = 'INSERT' THEN coalesce((held -> 'home' ->> 0)::int8, 1)
        ELSE (OLD.parts -> 'home' ->> 0)::int8 + (NEW.%1$I <> OLD.%1$I)::int END$rank$, home)
      WHEN part.ranks IS NULL THEN '0'
      ELSE format('sync.rank_of(%L, NEW.%I::text)', part.ranks -> 'order', part.ranks ->> 'column') END;
    on_insert := on_insert || format('NEW.parts := sync.stamp_part(NEW.parts, %L, %s, NEW.version, own);', part.name, rank);
    on_update := on_update || format('IF %s THEN NEW.parts := sync.stamp_part(NEW.parts, %L, %s, NEW.version, own); END IF;',
      part.changed, part.name, rank);
  END LOOP;
  FOR counter IN SELECT jsonb_array_elements_text(merge -> 'counters') LOOP
    -- What is inserted over a tombstone shows what it says: the difference to what the tombstone holds is counted.
    on_insert := on_insert || format('NEW.parts := sync.count_part(NEW.parts, %L, NEW.%I - sync.counted(held -> ''$counters'' -> %L), NEW.version, own);', counter, counter, counter);
    on_update := on_update || format('NEW.parts := sync.count_part(NEW.parts, %L, NEW.%I::numeric - OLD.%I, NEW.version, own);', counter, counter, counter);
  END LOOP;
  refusal := format($refusal$RAISE EXCEPTION 'a row of %% is written in its home region alone', %L USING ERRCODE = 'SY002',
    HINT = 'Write it there, or have that region hand it over.'; END IF;$refusal$, declared ->> 'entity');
  pieces := jsonb_build_object('merge', quote_literal(merge) || '::jsonb', 'stamp_insert', on_insert, 'stamp_update', on_update,
    'guard_insert', '', 'guard_update', '', 'guard_delete', '', 'life_rank_new', '0', 'life_rank_t', '0', 'life_rank_joined', '0');
  IF NOT is_home THEN
    RETURN pieces;
  END IF;
  RETURN pieces || jsonb_build_object(
    -- A tombstone keeps its home: the key is not free for the other region to take.
    'guard_insert', format('IF NEW.%I IS DISTINCT FROM region OR (grave.version IS NOT NULL AND grave.held ->> %L IS DISTINCT FROM region) THEN ', home, home) || refusal,
    'guard_update', format('IF OLD.%I IS DISTINCT FROM region THEN ', home) || refusal,
    'guard_delete', format('IF EXISTS (SELECT FROM old_rows o WHERE o.%I IS DISTINCT FROM region) THEN ', home) || refusal,
    'life_rank_new', $rank$(NEW.parts -> 'home' ->> 0)::int8$rank$,
    'life_rank_t', $rank$(t.parts -> 'home' ->> 0)::int8$rank$,
    'life_rank_joined', $rank$(joined -> '$p' -> 'home' ->> 0)::int8$rank$);
END $$;

-- The parts of rows that were there before their table was synced: each was written by the stamp that the row has just got.
CREATE FUNCTION sync.first_parts(declared jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  merge jsonb := sync.merge_parts(declared);
  is_home boolean := declared -> 'merge' ->> 'rule' = 'home-region';
  parts text;
BEGIN
  SELECT string_agg(format('%L, jsonb_build_array(%s, version, origin)', g.key, CASE
    WHEN is_home THEN '1'
    WHEN declared -> 'merge' -> 'groups' -> g.key ? 'ranks' THEN format('sync.rank_of(%L, %I::text)',
      declared -> 'merge' -> 'groups' -> g.key -> 'ranks' -> 'order', declared -> 'merge' -> 'groups' -> g.key -> 'ranks' ->> 'column')
    ELSE '0' END), ', ') || ', ' INTO parts
  FROM jsonb_each(merge -> 'groups') g;
  parts := format('jsonb_build_object(%s ''$alive'', jsonb_build_array(%s, version, origin))', parts, CASE WHEN is_home THEN '1' ELSE '0' END);
  SELECT coalesce(string_agg(format('sync.count_part(', c), ''), '') || parts || coalesce(string_agg(format(', %L, %I, version, origin)', c, c), ''), '') INTO parts
  FROM jsonb_array_elements_text(merge -> 'counters') AS c;
  RETURN parts;
END $$;

REVOKE ALL ON FUNCTION sync.merge_parts, sync.check_merge, sync.check_same_merge, sync.merge_pieces, sync.first_parts FROM PUBLIC;
