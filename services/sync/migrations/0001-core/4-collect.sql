-- Collection: what was kept for a time goes. The sweep calls it; each call takes a bounded number of rows and touches nothing that somebody else holds.

-- What is older than this and not here may have been deleted, and its tombstone collected: it is not let in unasked.
CREATE FUNCTION sync.collected_version() RETURNS int8 LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT CASE WHEN n.filling THEN 0 ELSE n.collected_version END FROM sync.node n
$$;

-- Did an operator let this very version in?
CREATE FUNCTION sync.is_admitted(of_entity text, of_key text, of_version int8, of_origin text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT EXISTS (SELECT FROM sync.parked p
    WHERE p.entity = of_entity AND p.key = of_key AND p.version = of_version AND p.origin = of_origin AND p.admitted)
$$;

-- Lets in a parked item that is older than a collected tombstone; the next retry applies it. False where nothing is parked under this key.
CREATE FUNCTION sync.admit(of_entity text, of_key text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  UPDATE sync.parked SET admitted = true WHERE entity = of_entity AND key = of_key AND reason = 'below_horizon';
  RETURN FOUND;
END $$;

-- Declares that this database is being filled (or is again complete): after a restore, or as an empty one.
CREATE FUNCTION sync.set_filling(is_filling boolean) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE sync.node SET filling = is_filling WHERE filling <> is_filling
$$;

-- The other region answered these deletions, so it has them, or something newer. `graves` is an array of items.
CREATE FUNCTION sync.confirm_deletions(of_entity text, graves json) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE sync.tombstone g SET confirmed_at = clock_timestamp()
  FROM json_to_recordset(graves) AS i("$k" text, "$v" int8, "$o" text)
  WHERE g.entity = of_entity AND g.key = i."$k" AND g.version = i."$v" AND g.origin = i."$o" AND g.confirmed_at IS NULL
$$;

-- One round. `more` says that some kind reached its bound, so that another round is worth it.
CREATE FUNCTION sync.collect(OUT tombstones int8, OUT asked int8, OUT expired int8, OUT conflicts int8, OUT nonces int8, OUT more boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  most int := sync.setting_rows('collect_rows');
  oldest timestamptz := clock_timestamp() - sync.setting_interval('tombstone_horizon_ms');
  -- The same as a version. A tombstone stamped later stays, so that nothing written within the horizon is ever taken for what a tombstone held back.
  oldest_version int8 := (date_part('epoch', oldest) * 1000)::int8 << 16;
  newest int8;
  node sync.node;
BEGIN
  SELECT * INTO node FROM sync.node;
  tombstones := 0;
  asked := 0;
  IF NOT node.filling THEN
    WITH old AS (
      SELECT g.entity, g.key FROM sync.tombstone g
      WHERE g.confirmed_at < oldest AND g.version < oldest_version
      ORDER BY g.confirmed_at LIMIT most FOR UPDATE SKIP LOCKED
    ), gone AS (
      DELETE FROM sync.tombstone g USING old WHERE g.entity = old.entity AND g.key = old.key RETURNING g.version
    )
    SELECT count(*), max(version) INTO tombstones, newest FROM gone;
    UPDATE sync.node n SET collected_version = newest WHERE n.collected_version < newest;
  END IF;

  -- A deletion whose answer was lost, or that its queue lost: the other region is asked once more, at most once a day.
  UPDATE sync.node n SET asked_at = clock_timestamp() WHERE n.asked_at < clock_timestamp() - interval '1 day';
  IF FOUND THEN
    WITH unanswered AS (
      SELECT g.entity, sync.pointer(g.key, g.version) AS pointer, (row_number() OVER (PARTITION BY g.entity) - 1) / 500 AS chunk
      FROM sync.tombstone g WHERE g.confirmed_at IS NULL AND g.version < oldest_version AND g.origin LIKE node.region || '#%'
    ), chunks AS (
      INSERT INTO sync.outbox (entity, pointers, size)
      SELECT u.entity, '[' || string_agg(u.pointer, ',') || ']', count(*) FROM unanswered u GROUP BY u.entity, u.chunk
      RETURNING size
    )
    SELECT coalesce(sum(size), 0) INTO asked FROM chunks;
  END IF;

  WITH old AS (
    SELECT p.entity, p.key FROM sync.parked p WHERE p.parked_at < clock_timestamp() - sync.setting_interval('parked_expiry_ms')
    ORDER BY p.parked_at LIMIT most FOR UPDATE SKIP LOCKED
  ), gone AS (
    DELETE FROM sync.parked p USING old WHERE p.entity = old.entity AND p.key = old.key RETURNING p.entity, p.key, p.version, p.item
  ), letters AS (
    INSERT INTO sync.dead_letter (entity, key, version, reason, item) SELECT g.entity, g.key, g.version, 'expired', g.item FROM gone g
    ON CONFLICT (entity, key, version, reason) DO UPDATE SET item = excluded.item
  )
  SELECT count(*) INTO expired FROM gone;

  DELETE FROM sync.conflict c WHERE c.id IN (
    SELECT o.id FROM sync.conflict o WHERE o.detected_at < clock_timestamp() - sync.setting_interval('conflict_retention_ms')
    ORDER BY o.detected_at LIMIT most FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS conflicts = ROW_COUNT;

  DELETE FROM sync.nonce n WHERE (n.key_id, n.nonce) IN (
    SELECT o.key_id, o.nonce FROM sync.nonce o WHERE o.expires_at < clock_timestamp() ORDER BY o.expires_at LIMIT most FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS nonces = ROW_COUNT;
  more := greatest(tombstones, expired, conflicts, nonces) >= most;
END $$;

REVOKE ALL ON FUNCTION sync.collected_version, sync.is_admitted, sync.admit, sync.set_filling, sync.confirm_deletions, sync.collect FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.collected_version, sync.admit, sync.set_filling, sync.confirm_deletions, sync.collect TO sync;
