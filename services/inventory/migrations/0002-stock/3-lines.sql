-- What the functions below have in common. Locks are taken in one order everywhere: a reservation before stock, rows of stock by (store, product).
-- Plans are made once a session: to plan anew for each call, by the length of its arrays, was half of what a reservation took.

-- Are these lines: at least one, each a product with a quantity above 0? A product may stand on several.
CREATE FUNCTION inventory.are_lines(products uuid[], quantities int[]) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(cardinality(products) > 0 AND cardinality(products) = cardinality(quantities) AND array_ndims(products) = 1
  AND array_position(products, NULL) IS NULL AND 0 < ALL (quantities), false);

CREATE FUNCTION inventory.check_lines(products uuid[], quantities int[]) RETURNS void LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT inventory.are_lines(products, quantities) THEN
    RAISE EXCEPTION 'lines are a product and a quantity above 0 each, in two arrays of equal length' USING ERRCODE = 'invalid_parameter_value';
  END IF;
END $$;

-- Locks stock by key, and answers it as it is then. What is not there yet begins with nothing. All new rows come before all locks: somebody who waits for a new
-- row holds no other, so that nobody waits in a circle.
CREATE FUNCTION inventory.lock_stock(stores uuid[], products uuid[]) RETURNS SETOF inventory.stock
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  INSERT INTO inventory.stock (store_id, product_id)
  SELECT DISTINCT k.store_id, k.product_id FROM unnest(stores, products) AS k(store_id, product_id)
  WHERE NOT EXISTS (SELECT FROM inventory.stock s WHERE s.store_id = k.store_id AND s.product_id = k.product_id)
  ORDER BY 1, 2 ON CONFLICT DO NOTHING;
  RETURN QUERY SELECT s.* FROM inventory.stock s
  WHERE (s.store_id, s.product_id) IN (SELECT k.store_id, k.product_id FROM unnest(stores, products) AS k(store_id, product_id))
  ORDER BY s.store_id, s.product_id FOR NO KEY UPDATE;
END $$;

-- Gives what is left of reservations back to stock. They are locked, and say already why.
CREATE FUNCTION inventory.give_back(orders uuid[], of_kind text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM FROM inventory.stock s
  WHERE (s.store_id, s.product_id) IN (
    SELECT r.store_id, l.product_id FROM inventory.reservation r JOIN inventory.reservation_line l ON l.order_id = r.order_id WHERE r.order_id = ANY (orders))
  ORDER BY s.store_id, s.product_id FOR NO KEY UPDATE;

  WITH kept AS (
    SELECT r.order_id, r.store_id, l.product_id, l.quantity - l.shipped AS quantity
    FROM inventory.reservation r JOIN inventory.reservation_line l ON l.order_id = r.order_id
    WHERE r.order_id = ANY (orders) AND l.quantity > l.shipped
  ), told AS (
    INSERT INTO inventory.movement (store_id, product_id, kind, delta_reserved, reference, actor)
    SELECT k.store_id, k.product_id, of_kind, -k.quantity, k.order_id, session_user FROM kept k ORDER BY k.order_id, k.product_id
  )
  UPDATE inventory.stock s SET reserved = s.reserved - b.quantity
  FROM (SELECT k.store_id, k.product_id, sum(k.quantity)::int AS quantity FROM kept k GROUP BY k.store_id, k.product_id) b
  WHERE s.store_id = b.store_id AND s.product_id = b.product_id;
END $$;

REVOKE ALL ON FUNCTION inventory.are_lines, inventory.check_lines, inventory.lock_stock, inventory.give_back FROM PUBLIC;
