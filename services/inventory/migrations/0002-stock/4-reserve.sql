-- What is offered to orders: docs/domain.md says what each promises. Each is part of the caller's transaction, under READ COMMITTED: a statement that waited for a
-- lock is followed by one that sees what the holder has left, and decisions are made in the second.

CREATE FUNCTION inventory.reserve(order_id uuid, store_id uuid, products uuid[], quantities int[], expires_at timestamptz)
RETURNS TABLE (product_id uuid, available int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  from_store uuid := coalesce(reserve.store_id, (SELECT s.online_store_id FROM inventory.setting s));
  short uuid[];
  left_over int[];
  state text;
BEGIN
  PERFORM inventory.check_lines(products, quantities);
  IF from_store IS NULL THEN
    RAISE EXCEPTION 'the region has no online store, and the order names no store' USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;

  WITH line AS (
    SELECT u.product_id, sum(u.quantity) AS quantity FROM unnest(products, quantities) AS u(product_id, quantity) GROUP BY u.product_id
  ), locked AS MATERIALIZED (
    SELECT s.product_id, s.on_hand - s.reserved AS available FROM inventory.stock s
    WHERE s.store_id = from_store AND s.product_id = ANY (products) ORDER BY s.product_id FOR NO KEY UPDATE
  )
  SELECT array_agg(l.product_id ORDER BY l.product_id), array_agg(coalesce(k.available, 0) ORDER BY l.product_id) INTO short, left_over
  FROM line l LEFT JOIN locked k ON k.product_id = l.product_id WHERE l.quantity > coalesce(k.available, 0);

  IF short IS NULL THEN
    -- Two calls for one order meet here: the second waits for the first, and does nothing.
    WITH made AS (
      INSERT INTO inventory.reservation (order_id, store_id, expires_at) VALUES (reserve.order_id, from_store, reserve.expires_at)
      ON CONFLICT DO NOTHING RETURNING order_id
    ), line AS (
      SELECT m.order_id, u.product_id, sum(u.quantity)::int AS quantity
      FROM made m, unnest(products, quantities) AS u(product_id, quantity) GROUP BY m.order_id, u.product_id
    ), kept AS (
      INSERT INTO inventory.reservation_line (order_id, product_id, quantity) SELECT l.order_id, l.product_id, l.quantity FROM line l
    ), told AS (
      INSERT INTO inventory.movement (store_id, product_id, kind, delta_reserved, reference, actor)
      SELECT from_store, l.product_id, 'reserved', l.quantity, l.order_id, session_user FROM line l ORDER BY l.product_id
    )
    UPDATE inventory.stock s SET reserved = s.reserved + l.quantity FROM line l WHERE s.store_id = from_store AND s.product_id = l.product_id;
    IF FOUND THEN
      RETURN;
    END IF;
  END IF;

  SELECT r.state INTO state FROM inventory.reservation r WHERE r.order_id = reserve.order_id;
  IF state IN ('released', 'expired') THEN
    RAISE EXCEPTION 'the reservation of order % is over', reserve.order_id USING ERRCODE = 'object_not_in_prerequisite_state';
  ELSIF state IS NULL THEN
    RETURN QUERY SELECT u.product_id, u.available FROM unnest(short, left_over) AS u(product_id, available);
  END IF;
END $$;

CREATE FUNCTION inventory.allocate(order_id uuid) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  -- What is overdue and not expired yet is still there: whoever comes first to the reservation decides, and not the clock.
  UPDATE inventory.reservation r SET state = 'allocated' WHERE r.order_id = allocate.order_id AND r.state = 'held';
  RETURN (SELECT r.state FROM inventory.reservation r WHERE r.order_id = allocate.order_id);
END $$;

CREATE FUNCTION inventory.release(order_id uuid) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  now_is text;
BEGIN
  -- First the lock, then the look at what a shipment has left.
  SELECT r.state INTO now_is FROM inventory.reservation r WHERE r.order_id = release.order_id FOR NO KEY UPDATE;
  IF now_is IN ('held', 'allocated') THEN
    UPDATE inventory.reservation r SET state = CASE
      WHEN EXISTS (SELECT FROM inventory.reservation_line l WHERE l.order_id = release.order_id AND l.shipped > 0) THEN 'shipped' ELSE 'released' END
    WHERE r.order_id = release.order_id RETURNING r.state INTO now_is;
    PERFORM inventory.give_back(ARRAY[release.order_id], 'released');
  END IF;
  RETURN now_is;
END $$;

CREATE FUNCTION inventory.expire(most int, among uuid[] DEFAULT NULL) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  expired uuid[];
BEGIN
  WITH due AS (
    SELECT r.order_id FROM inventory.reservation r
    WHERE r.state = 'held' AND r.expires_at <= statement_timestamp() AND (among IS NULL OR r.order_id = ANY (among))
    ORDER BY r.expires_at LIMIT most FOR NO KEY UPDATE SKIP LOCKED
  ), ended AS (
    UPDATE inventory.reservation r SET state = 'expired' FROM due d WHERE r.order_id = d.order_id RETURNING r.order_id
  )
  SELECT array_agg(e.order_id) INTO expired FROM ended e;
  IF expired IS NOT NULL THEN
    PERFORM inventory.give_back(expired, 'expired');
  END IF;
  RETURN QUERY SELECT unnest(expired);
END $$;

REVOKE ALL ON FUNCTION inventory.reserve, inventory.allocate, inventory.release, inventory.expire FROM PUBLIC;
