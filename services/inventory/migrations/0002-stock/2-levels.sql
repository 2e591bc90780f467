-- How much there is, in a word. It changes seldom: alerts and availability are written where a change of stock crosses a level, and at no other sale.

CREATE FUNCTION inventory.level_of(available int, low_at int) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN available <= 0 THEN 'out' WHEN available <= low_at THEN 'low' ELSE 'ample' END;

-- UUIDv8 (RFC 9562, section 5.8) of region and product: the same row again after a restore. SHA-256 is what PostgreSQL has without an extension.
CREATE FUNCTION inventory.availability_id(region text, product_id uuid) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
  SELECT encode(set_byte(set_byte(h, 6, get_byte(h, 6) & 15 | 128), 8, get_byte(h, 8) & 63 | 128), 'hex')::uuid
  FROM substr(sha256(convert_to('inventory.availability/' || region || '/' || product_id, 'UTF8')), 1, 16) AS h);

-- What the online store of each region has of a product. Synced: each region writes its own rows. No row: out.
CREATE TABLE inventory.availability (
  id uuid PRIMARY KEY,
  region text COLLATE "C" NOT NULL,
  product_id uuid NOT NULL,
  level text NOT NULL CHECK (level IN ('out', 'low', 'ample')),
  CHECK (id = inventory.availability_id(region, product_id))
);
CREATE INDEX availability_product ON inventory.availability (product_id);

-- Writes this region's availability of products, where it is another than before. Their stock has to be locked.
CREATE FUNCTION inventory.tell_availability(products uuid[], levels text[]) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO inventory.availability AS a (id, region, product_id, level)
  SELECT inventory.availability_id(n.region, t.product_id), n.region, t.product_id, t.level
  FROM unnest(products, levels) AS t(product_id, level), sync.node n
  ORDER BY 1
  ON CONFLICT (id) DO UPDATE SET level = excluded.level WHERE a.level <> excluded.level;
$$;

CREATE FUNCTION inventory.cross_level() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  level text := inventory.level_of(NEW.on_hand - NEW.reserved, NEW.low_at);
BEGIN
  UPDATE inventory.alert a SET ended_at = greatest(clock_timestamp(), a.since)
  WHERE a.store_id = NEW.store_id AND a.product_id = NEW.product_id AND a.ended_at IS NULL;
  IF level <> 'ample' THEN
    INSERT INTO inventory.alert (store_id, product_id, kind) VALUES (NEW.store_id, NEW.product_id, level);
  END IF;
  IF NEW.store_id = (SELECT s.online_store_id FROM inventory.setting s) THEN
    PERFORM inventory.tell_availability(ARRAY[NEW.product_id], ARRAY[level]);
  END IF;
  RETURN NULL;
END $$;

-- A row begins with nothing, and says nothing until there was something. The condition is PostgreSQL's to evaluate: a sale that crosses no level calls nothing.
CREATE TRIGGER cross_level AFTER UPDATE ON inventory.stock FOR EACH ROW
  WHEN (inventory.level_of(OLD.on_hand - OLD.reserved, OLD.low_at) <> inventory.level_of(NEW.on_hand - NEW.reserved, NEW.low_at))
  EXECUTE FUNCTION inventory.cross_level();

-- Makes `store` the region's online store, or none where it is null; the region's availability is that store's from then on.
CREATE FUNCTION inventory.choose_online_store(store uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Nobody crosses a level of the old store, or of the new one, while all of them are written.
  LOCK TABLE inventory.stock IN SHARE ROW EXCLUSIVE MODE;
  UPDATE inventory.setting SET online_store_id = store;
  PERFORM inventory.tell_availability(array_agg(p.product_id), array_agg(inventory.level_of(coalesce(s.on_hand - s.reserved, 0), s.low_at)))
  FROM (SELECT s.product_id FROM inventory.stock s WHERE s.store_id = store
        UNION SELECT a.product_id FROM inventory.availability a JOIN sync.node n ON n.region = a.region) p
  LEFT JOIN inventory.stock s ON s.store_id = store AND s.product_id = p.product_id;
END $$;

REVOKE ALL ON FUNCTION inventory.tell_availability, inventory.cross_level, inventory.choose_online_store FROM PUBLIC;
