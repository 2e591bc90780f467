-- Publishers' side of the outbox: append-only for writers; claimed with a lease and a token, deleted by that token.
-- A claim is seen on disk before anything is sent, and with it all that was committed before: nothing crosses that a crash here could take back, however its
-- writer commits. Nobody waits for a deletion to be on disk: what a crash brings back is published again.

-- The pointers of an outbox row, as they go into messages: [["key","version"],...].
CREATE FUNCTION sync.pointers_of(held sync.outbox) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(held.pointers, (SELECT '[["' || string_agg(k::text || '","' || v, '"],["') || '"]]' FROM unnest(held.keys, held.versions) AS u(k, v)));

CREATE FUNCTION sync.outbox_claim(most int, lease_ms int)
RETURNS TABLE (token uuid, id int8, entity text, pointers text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  mine uuid := gen_random_uuid();
BEGIN
  IF current_setting('synchronous_commit') <> 'remote_apply' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  RETURN QUERY
  WITH picked AS (
    SELECT o.id FROM sync.outbox o
    WHERE o.leased_until IS NULL OR o.leased_until < clock_timestamp()
    ORDER BY o.id LIMIT most FOR UPDATE SKIP LOCKED
  )
  UPDATE sync.outbox o
  SET token = mine, leased_until = clock_timestamp() + lease_ms * interval '1 millisecond'
  FROM picked WHERE o.id = picked.id
  RETURNING mine, o.id, o.entity, sync.pointers_of(o);
END $$;

-- SQL, like what reads rows: planned with every call, and not once for all when the table was still small.

-- Deletes what was sent, and notes in the journal in which message each row went: `messages` holds an id for each of `ids`, or is left out.
CREATE FUNCTION sync.outbox_settle(claim uuid, ids int8[], messages text[] DEFAULT NULL) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT set_config('synchronous_commit', 'off', true);
  WITH gone AS (DELETE FROM sync.outbox WHERE id = ANY (ids) AND token = claim RETURNING id, entity, sync.pointers_of(outbox) AS pointers)
  INSERT INTO sync.journal (step, messages, entity, pointers)
  SELECT 'published', ARRAY[m.message], g.entity, '[' || string_agg(substr(g.pointers, 2, length(g.pointers) - 2), ',' ORDER BY g.id) || ']'
  FROM gone g JOIN unnest(ids, messages) AS m(id, message) ON m.id = g.id WHERE m.message IS NOT NULL
  GROUP BY m.message, g.entity;
$$;

CREATE FUNCTION sync.outbox_release(claim uuid, ids int8[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE sync.outbox SET token = NULL, leased_until = NULL WHERE id = ANY (ids) AND token = claim;
$$;

REVOKE ALL ON FUNCTION sync.pointers_of, sync.outbox_claim, sync.outbox_settle, sync.outbox_release FROM PUBLIC;
