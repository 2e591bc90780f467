CREATE FUNCTION inventory.ship(order_id uuid, products uuid[], quantities int[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  held inventory.reservation;
  sent uuid[];
  units int[];
BEGIN
  PERFORM inventory.check_lines(products, quantities);
  SELECT r.* INTO held FROM inventory.reservation r WHERE r.order_id = ship.order_id FOR NO KEY UPDATE;
  IF held.state IS DISTINCT FROM 'allocated' THEN
    RETURN 0;
  END IF;

  SELECT array_agg(l.product_id ORDER BY l.product_id), array_agg(least(w.quantity, l.quantity - l.shipped) ORDER BY l.product_id) INTO sent, units
  FROM (SELECT u.product_id, sum(u.quantity)::int AS quantity FROM unnest(products, quantities) AS u(product_id, quantity) GROUP BY u.product_id) w
  JOIN inventory.reservation_line l ON l.order_id = held.order_id AND l.product_id = w.product_id AND l.shipped < l.quantity;
  IF sent IS NULL THEN
    RETURN 0;
  END IF;

  PERFORM FROM inventory.stock s WHERE s.store_id = held.store_id AND s.product_id = ANY (sent) ORDER BY s.product_id FOR NO KEY UPDATE;
  WITH line AS (
    SELECT u.product_id, u.quantity FROM unnest(sent, units) AS u(product_id, quantity)
  ), left_store AS (
    UPDATE inventory.reservation_line l SET shipped = l.shipped + n.quantity FROM line n WHERE l.order_id = held.order_id AND l.product_id = n.product_id
  ), told AS (
    INSERT INTO inventory.movement (store_id, product_id, kind, delta_on_hand, delta_reserved, reference, actor)
    SELECT held.store_id, n.product_id, 'shipped', -n.quantity, -n.quantity, held.order_id, session_user FROM line n ORDER BY n.product_id
  )
  UPDATE inventory.stock s SET on_hand = s.on_hand - n.quantity, reserved = s.reserved - n.quantity
  FROM line n WHERE s.store_id = held.store_id AND s.product_id = n.product_id;

  UPDATE inventory.reservation r SET state = 'shipped'
  WHERE r.order_id = held.order_id AND NOT EXISTS (SELECT FROM inventory.reservation_line l WHERE l.order_id = held.order_id AND l.shipped < l.quantity);
  RETURN (SELECT sum(u) FROM unnest(units) u);
END $$;

CREATE FUNCTION inventory.take_back(order_id uuid, store_id uuid, products uuid[], quantities int[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  held inventory.reservation;
  to_store uuid;
  back uuid[];
  units int[];
BEGIN
  PERFORM inventory.check_lines(products, quantities);
  SELECT r.* INTO held FROM inventory.reservation r WHERE r.order_id = take_back.order_id FOR NO KEY UPDATE;
  to_store := coalesce(take_back.store_id, held.store_id);

  SELECT array_agg(l.product_id ORDER BY l.product_id), array_agg(least(w.quantity, l.shipped - l.returned) ORDER BY l.product_id) INTO back, units
  FROM (SELECT u.product_id, sum(u.quantity)::int AS quantity FROM unnest(products, quantities) AS u(product_id, quantity) GROUP BY u.product_id) w
  JOIN inventory.reservation_line l ON l.order_id = held.order_id AND l.product_id = w.product_id AND l.returned < l.shipped;
  IF back IS NULL THEN
    RETURN 0;
  END IF;

  PERFORM inventory.lock_stock(array_fill(to_store, ARRAY[cardinality(back)]), back);
  WITH line AS (
    SELECT u.product_id, u.quantity FROM unnest(back, units) AS u(product_id, quantity)
  ), came_back AS (
    UPDATE inventory.reservation_line l SET returned = l.returned + n.quantity FROM line n WHERE l.order_id = held.order_id AND l.product_id = n.product_id
  ), told AS (
    INSERT INTO inventory.movement (store_id, product_id, kind, delta_on_hand, reference, actor)
    SELECT to_store, n.product_id, 'returned', n.quantity, held.order_id, session_user FROM line n ORDER BY n.product_id
  )
  UPDATE inventory.stock s SET on_hand = s.on_hand + n.quantity FROM line n WHERE s.store_id = to_store AND s.product_id = n.product_id;
  RETURN (SELECT sum(u) FROM unnest(units) u);
END $$;

-- What was sold and handed over before anybody asked: reserved by nobody, it leaves stock at once. A line names its order, its product and how many.
CREATE FUNCTION inventory.hand_over(store_id uuid, orders uuid[], products uuid[], quantities int[]) RETURNS TABLE (product_id uuid, available int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  from_store uuid := coalesce(hand_over.store_id, (SELECT s.online_store_id FROM inventory.setting s));
BEGIN
  PERFORM inventory.check_lines(products, quantities);
  IF cardinality(orders) IS DISTINCT FROM cardinality(products) OR array_position(orders, NULL) IS NOT NULL THEN
    RAISE EXCEPTION 'each line names its order' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF from_store IS NULL THEN
    RAISE EXCEPTION 'the region has no online store, and the sale names no store' USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;

  -- Decided under the locks, by the statement that follows the one that may have waited for them.
  PERFORM FROM inventory.stock s WHERE s.store_id = from_store AND s.product_id = ANY (products) ORDER BY s.product_id FOR NO KEY UPDATE;
  RETURN QUERY
    SELECT n.product_id, coalesce(s.on_hand - s.reserved, 0)
    FROM (SELECT u.product_id, sum(u.quantity) AS quantity FROM unnest(products, quantities) AS u(product_id, quantity) GROUP BY u.product_id) n
    LEFT JOIN inventory.stock s ON s.store_id = from_store AND s.product_id = n.product_id
    WHERE n.quantity > coalesce(s.on_hand - s.reserved, 0) ORDER BY n.product_id;
  IF FOUND THEN
    RETURN;
  END IF;

  INSERT INTO inventory.reservation (order_id, store_id, state, expires_at)
  SELECT o.order_id, from_store, 'shipped', now() FROM (SELECT DISTINCT unnest(orders) AS order_id) o;
  WITH line AS (
    SELECT u.order_id, u.product_id, sum(u.quantity)::int AS quantity
    FROM unnest(orders, products, quantities) AS u(order_id, product_id, quantity) GROUP BY u.order_id, u.product_id
  ), left_store AS (
    INSERT INTO inventory.reservation_line (order_id, product_id, quantity, shipped) SELECT l.order_id, l.product_id, l.quantity, l.quantity FROM line l
  ), told AS (
    INSERT INTO inventory.movement (store_id, product_id, kind, delta_on_hand, reference, actor)
    SELECT from_store, l.product_id, 'shipped', -l.quantity, l.order_id, session_user FROM line l ORDER BY l.order_id, l.product_id
  )
  UPDATE inventory.stock s SET on_hand = s.on_hand - n.quantity
  FROM (SELECT l.product_id, sum(l.quantity)::int AS quantity FROM line l GROUP BY l.product_id) n
  WHERE s.store_id = from_store AND s.product_id = n.product_id;
END $$;

REVOKE ALL ON FUNCTION inventory.ship, inventory.take_back, inventory.hand_over FROM PUBLIC;
