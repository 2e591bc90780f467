-- Parks one item under its key. A parked item gives way to a greater one, never to a lesser.
CREATE FUNCTION sync.park(of_entity text, of_item json, why text, what text, for_entity text, for_key text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO sync.parked AS p (entity, key, version, origin, item, reason, detail, waits_for_entity, waits_for_key)
  VALUES (of_entity, of_item ->> '$k', (of_item ->> '$v')::int8, of_item ->> '$o', of_item, why, what, for_entity, for_key)
  ON CONFLICT (entity, key) DO UPDATE SET
    version = excluded.version, origin = excluded.origin, item = excluded.item, reason = excluded.reason, detail = excluded.detail,
    waits_for_entity = excluded.waits_for_entity, waits_for_key = excluded.waits_for_key, tried_at = clock_timestamp(),
    -- Another version has a time of its own to expire, and nobody has looked at it yet.
    parked_at = CASE WHEN (excluded.version, excluded.origin) = (p.version, p.origin) THEN p.parked_at ELSE clock_timestamp() END,
    admitted = p.admitted AND (excluded.version, excluded.origin) = (p.version, p.origin)
  WHERE (excluded.version, excluded.origin) >= (p.version, p.origin);
$$;

REVOKE ALL ON FUNCTION sync.park FROM PUBLIC;
