CREATE FUNCTION sync.pointer(key text, version int8) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '[' || to_json(key)::text || ',"' || version || '"]';

CREATE FUNCTION sync.refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'TRUNCATE of % would not reach the other region', TG_RELID::regclass
    USING HINT = 'DELETE leaves a tombstone for each row.', ERRCODE = 'feature_not_supported';
END $$;

-- Makes the table that `declared` names (entity: schema.table) synced: stamps its rows, installs triggers, generates the functions that read and
-- apply the `crossing` columns and no others. Called again, it rebuilds them for a changed policy.
CREATE FUNCTION sync.make_synced(declared jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  of_entity text := declared ->> 'entity';
  key_column text := declared ->> 'key';
  crossing text[] := ARRAY(SELECT jsonb_array_elements_text(declared -> 'crossing'));
  synced regclass := of_entity::regclass;
  service text := split_part(of_entity, '.', 1);
  key_type text;
  unknown text;
  first_stamp int8;
  by_parts boolean := declared -> 'merge' ->> 'rule' <> 'row';
  is_new boolean;
  parts jsonb;
  template record;
  present text := 'true';
  orphan text := '';
  parent record;
BEGIN
  SELECT c INTO unknown FROM unnest(crossing || key_column) AS c
  WHERE NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = synced AND attname = c AND NOT attisdropped) LIMIT 1;
  IF unknown IS NOT NULL THEN
    RAISE EXCEPTION '% has no column %', of_entity, unknown;
  END IF;
  -- Ranges of keys are compared between the regions: they must order alike, whatever collation a server has.
  SELECT format_type(a.atttypid, a.atttypmod) INTO key_type FROM pg_attribute a LEFT JOIN pg_collation c ON c.oid = a.attcollation
  WHERE a.attrelid = synced AND a.attname = key_column AND (a.atttypid = 'uuid'::regtype OR (a.atttypid = 'text'::regtype AND c.collname = 'C'));
  IF key_type IS NULL THEN
    RAISE EXCEPTION 'the key of % must be uuid, or text COLLATE "C"', of_entity USING ERRCODE = 'invalid_table_definition';
  END IF;
  -- What holds rows that no trigger here sees, or loses them without a deletion, cannot be kept in step.
  IF EXISTS (SELECT FROM pg_class WHERE oid = synced AND (relkind <> 'r' OR relpersistence <> 'p')) OR EXISTS (SELECT FROM pg_inherits WHERE synced IN (inhrelid, inhparent)) THEN
    RAISE EXCEPTION '% must be an ordinary table: logged, not partitioned, and without INHERITS', of_entity USING ERRCODE = 'invalid_table_definition';
  END IF;
  -- What a pointer may name.
  IF key_type = 'text' AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = synced AND conname = 'sync_key_length') THEN
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT sync_key_length CHECK (char_length(%I) BETWEEN 1 AND 200)', synced, key_column);
  END IF;

  PERFORM sync.check_merge(declared);
  PERFORM sync.check_same_merge(e.policy, declared) FROM sync.entity e WHERE e.name = of_entity;
  PERFORM sync.check_uniques(declared);
  PERFORM sync.check_references(declared);

  SELECT NOT EXISTS (SELECT FROM sync.entity e WHERE e.name = of_entity) INTO is_new;
  INSERT INTO sync.entity (name, policy) VALUES (of_entity, declared) ON CONFLICT (name) DO UPDATE SET policy = excluded.policy;

  FOR parent IN
    SELECT p.key AS child_column, p.value AS entity, e.key_column FROM jsonb_each_text(declared -> 'parents') p LEFT JOIN sync.entity e ON e.name = p.value
  LOOP
    IF parent.key_column IS NULL THEN
      RAISE EXCEPTION '% refers to %, which is not synced yet', of_entity, parent.entity;
    END IF;
    present := present || format(' AND (i.%1$I IS NULL OR EXISTS (SELECT FROM %2$s p WHERE p.%3$I = i.%1$I)%4$s)', parent.child_column,
      parent.entity::regclass, parent.key_column,
      CASE WHEN parent.entity = of_entity
        THEN format(' OR EXISTS (SELECT FROM incoming q WHERE q."$k" = i.%I AND q."$d" IS NOT TRUE)', parent.child_column) ELSE '' END);
    orphan := orphan || format($orphan$
        IF item.%1$I IS NOT NULL AND NOT EXISTS (SELECT FROM %2$s p WHERE p.%3$I = item.%1$I) THEN
          PERFORM sync.park(%4$L, item.raw, 'missing_parent', %1$L, %5$L, item.%1$I::text);
          outcome := 'parked'; reason := 'missing_parent';
          EXIT;
        END IF;$orphan$, parent.child_column, parent.entity::regclass, parent.key_column, of_entity, parent.entity);
  END LOOP;

  SELECT jsonb_build_object(
    'function', replace(of_entity, '.', '_'), 'crossing', quote_literal(crossing) || '::text[]', 'entity', quote_literal(of_entity), 'table', synced::text, 'key', quote_ident(key_column), 'key_type', key_type,
    'new_columns', 'ROW(' || string_agg(format('NEW.%I', c), ', ' ORDER BY n) || ')',
    'old_columns', 'ROW(' || string_agg(format('OLD.%I', c), ', ' ORDER BY n) || ')',
    'read_columns', string_agg(format('%L, t.%I', c, c), ', ' ORDER BY n),
    'record', '"$k" ' || key_type || ', "$v" int8, "$o" text, "$w" jsonb, "$d" boolean, ' || string_agg(format('%I %s', c, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY n),
    'columns', string_agg(quote_ident(c), ', ' ORDER BY n),
    'incoming_columns', string_agg(format('c.%I', c), ', ' ORDER BY n),
    'item_columns', string_agg(format('item.%I', c), ', ' ORDER BY n),
    'assignments', string_agg(format('%I = excluded.%I', c, c), ', ' ORDER BY n),
    'item_assignments', string_agg(format('%I = item.%I', c, c), ', ' ORDER BY n),
    -- Compared in the order of what that costs.
    'new_compared', 'ROW(' || string_agg(format('NEW.%I', c), ', ' ORDER BY a.attlen < 0, n) || ')',
    'old_compared', 'ROW(' || string_agg(format('OLD.%I', c), ', ' ORDER BY a.attlen < 0, n) || ')',
    'held', CASE key_type WHEN 'uuid' THEN 'keys, versions' ELSE 'pointers' END,
    'gathered', CASE key_type WHEN 'uuid' THEN 'array_agg(p.key), array_agg(p.version)'
      ELSE $gathered$'[' || string_agg(sync.pointer(p.key, p.version), ',') || ']'$gathered$ END,
    'parents_present', present, 'park_orphan', orphan, 'lock', hashtextextended('sync ' || of_entity, 0)::text)
  INTO parts
  FROM unnest(crossing) WITH ORDINALITY AS u(c, n) JOIN pg_attribute a ON a.attrelid = synced AND a.attname = u.c;

  parts := parts || sync.home_pieces(declared);
  IF by_parts THEN
    parts := parts || sync.merge_pieces(declared);
  END IF;

  IF is_new THEN
    -- Rows that are there already get one stamp of now; a constant default does it without rewriting the table.
    first_stamp := sync.tick();
    EXECUTE format('ALTER TABLE %s ADD COLUMN version int8 NOT NULL DEFAULT %s, ADD COLUMN origin text COLLATE "C" NOT NULL DEFAULT %L,
      ADD COLUMN vector jsonb NOT NULL DEFAULT ''{}'', SET (fillfactor = 85)', synced, first_stamp, sync.origin());
    -- From now on the defaults are the stamp of a row of which nobody has seen anything before.
    EXECUTE format('ALTER TABLE %s ALTER version SET DEFAULT sync.tick(), ALTER origin SET DEFAULT sync.origin()', synced);
    IF by_parts THEN
      EXECUTE format('ALTER TABLE %s ADD COLUMN parts jsonb NOT NULL DEFAULT ''{}''', synced);
      EXECUTE format('UPDATE %s SET parts = %s', synced, sync.first_parts(declared));
      EXECUTE format('ALTER TABLE %s ALTER parts DROP DEFAULT', synced);
    END IF;
    EXECUTE format('INSERT INTO sync.outbox (entity, pointers, size)
      SELECT %L, ''['' || string_agg(pointer, '','') || '']'', count(*)
      FROM (SELECT sync.pointer(%I::text, version) AS pointer, (row_number() OVER () - 1) / 500 AS chunk FROM %s) p GROUP BY chunk', of_entity, key_column, synced);
  END IF;

  IF NOT is_new THEN
    PERFORM sync.fold_unknown_columns(of_entity);
  END IF;

  FOR template IN
    SELECT * FROM (SELECT DISTINCT ON (name) name, ordinal, body FROM sync.template WHERE rule = 'row' OR by_parts ORDER BY name, rule = 'row') t ORDER BY ordinal
  LOOP
    EXECUTE sync.render(template.body, parts);
    -- The trigger functions too: whoever may execute one could hang it on a table of its own and write the outbox with it.
    EXECUTE sync.render('REVOKE ALL ON FUNCTION sync.{{function}}_', parts) || template.name || ' FROM PUBLIC';
  END LOOP;

  PERFORM sync.install_stamp(parts, by_parts);
  IF is_new THEN
    EXECUTE format('CREATE TRIGGER aa_sync_announce BEFORE INSERT ON %s FOR EACH STATEMENT EXECUTE FUNCTION sync.%s_announce()', synced, parts ->> 'function');
    EXECUTE format('CREATE TRIGGER sync_capture_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION sync.%s_capture()', synced, parts ->> 'function');
    EXECUTE format('CREATE TRIGGER sync_capture_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION sync.%s_capture()', synced, parts ->> 'function');
    EXECUTE format('CREATE TRIGGER sync_capture_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION sync.%s_capture()', synced, parts ->> 'function');
    EXECUTE format('CREATE TRIGGER sync_refuse_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION sync.refuse_truncate()', synced);
  END IF;

  EXECUTE sync.render('GRANT EXECUTE ON FUNCTION sync.{{function}}_read, sync.{{function}}_apply, sync.{{function}}_revive TO sync', parts);
  EXECUTE sync.render('GRANT EXECUTE ON FUNCTION sync.{{function}}_cuts, sync.{{function}}_digests, sync.{{function}}_stamps, sync.{{function}}_point,
    sync.{{function}}_point_range TO sync', parts);
  -- The service that owns the table publishes what it commits, and its triggers look for tombstones: not for what those hold, which may be another's.
  EXECUTE format('GRANT USAGE ON SCHEMA sync TO %I', service);
  EXECUTE format('GRANT SELECT (entity, key, version, origin, vector) ON sync.tombstone TO %I', service);
  EXECUTE format('GRANT EXECUTE ON FUNCTION sync.outbox_claim, sync.outbox_settle, sync.outbox_release TO %I', service);
END $$;

-- Points at every row and tombstone that this region wrote, as if each had just changed: for a queue that lost its messages. What the peer holds
-- already it answers as stale. Answers how many pointers were written.
CREATE FUNCTION sync.repoint() RETURNS int8 LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  synced record;
  mine text := (SELECT region FROM sync.node) || '#%';
  total int8 := 0;
  written int8;
BEGIN
  FOR synced IN SELECT name, key_column FROM sync.entity LOOP
    EXECUTE format('WITH pointers AS (
        SELECT sync.pointer(key, version) AS pointer, (row_number() OVER () - 1) / 500 AS chunk
        FROM (SELECT %2$I::text AS key, version FROM %3$s WHERE origin LIKE $1
              UNION ALL SELECT key, version FROM sync.tombstone WHERE entity = %1$L AND origin LIKE $1) all_of_them
      ), chunks AS (
        INSERT INTO sync.outbox (entity, pointers, size) SELECT %1$L, ''['' || string_agg(pointer, '','') || '']'', count(*) FROM pointers GROUP BY chunk
        RETURNING size
      ) SELECT coalesce(sum(size), 0) FROM chunks', synced.name, synced.key_column, synced.name::regclass) INTO written USING mine;
    total := total + written;
  END LOOP;
  RETURN total;
END $$;

REVOKE ALL ON FUNCTION sync.make_synced, sync.set_node, sync.record_conflict, sync.repoint FROM PUBLIC;

GRANT USAGE ON SCHEMA sync TO sync;
GRANT SELECT ON ALL TABLES IN SCHEMA sync TO sync;
-- What stays home is not for the processes that speak with the other region: apply, which runs as its owner, takes it up.
REVOKE SELECT ON sync.tombstone FROM sync;
GRANT SELECT (entity, key, version, origin, vector, held, confirmed_at) ON sync.tombstone TO sync;
GRANT INSERT, UPDATE, DELETE ON sync.nonce, sync.direction, sync.dead_letter, sync.parked TO sync;
GRANT EXECUTE ON FUNCTION sync.outbox_claim, sync.outbox_settle, sync.outbox_release, sync.park TO sync;
