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

REVOKE ALL ON FUNCTION inventory.ship, inventory.take_back FROM PUBLIC;
