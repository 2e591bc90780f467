-- Stock, what is reserved of it, and the ledger of both. Stores and products are catalog's: ids, and no foreign key out of the schema. No column that changes
-- with a sale is indexed, so that sales stay heap-only updates.

CREATE TABLE inventory.setting (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  -- Where orders that name no store are taken from, and what the region's availability tells of.
  online_store_id uuid
);
INSERT INTO inventory.setting DEFAULT VALUES;

CREATE TABLE inventory.stock (
  store_id uuid NOT NULL,
  product_id uuid NOT NULL,
  on_hand int NOT NULL DEFAULT 0,
  reserved int NOT NULL DEFAULT 0,
  -- What can be bought is `low` from here down.
  low_at int NOT NULL DEFAULT 5 CHECK (low_at >= 0),
  PRIMARY KEY (store_id, product_id),
  CONSTRAINT stock_is_not_oversold CHECK (0 <= reserved AND reserved <= on_hand)
) WITH (fillfactor = 70);
CREATE INDEX stock_product ON inventory.stock (product_id, store_id);

CREATE TABLE inventory.reservation (
  order_id uuid PRIMARY KEY,
  store_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'allocated', 'shipped', 'released', 'expired')),
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 85);
CREATE INDEX reservation_expiry ON inventory.reservation (expires_at) WHERE state = 'held';

-- Written by the functions below alone. Of a reservation that is held or allocated, `quantity - shipped` is what it keeps in stock.reserved.
CREATE TABLE inventory.reservation_line (
  order_id uuid NOT NULL REFERENCES inventory.reservation,
  product_id uuid NOT NULL,
  quantity int NOT NULL CHECK (quantity > 0),
  shipped int NOT NULL DEFAULT 0,
  returned int NOT NULL DEFAULT 0,
  PRIMARY KEY (order_id, product_id),
  CHECK (0 <= returned AND returned <= shipped AND shipped <= quantity)
) WITH (fillfactor = 85);

-- The ledger: the sums of its deltas are the stock.
CREATE TABLE inventory.movement (
  id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  store_id uuid NOT NULL,
  product_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('received', 'reserved', 'released', 'expired', 'shipped', 'returned', 'transferred', 'counted')),
  delta_on_hand int NOT NULL DEFAULT 0,
  delta_reserved int NOT NULL DEFAULT 0,
  -- The order's id, or what the warehouse calls the receipt, the transfer or the count.
  reference text COLLATE "C" NOT NULL,
  -- The staff account, or the role of the service whose call it was.
  actor text NOT NULL,
  CHECK (delta_on_hand <> 0 OR delta_reserved <> 0)
);
CREATE INDEX movement_product ON inventory.movement (product_id, id);
CREATE INDEX movement_reference ON inventory.movement (reference);

CREATE FUNCTION inventory.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% is a ledger: rows are added to it, and stay as they are', TG_RELID::regclass
    USING HINT = 'Write a movement that takes the wrong one back.', ERRCODE = 'feature_not_supported';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON inventory.movement FOR EACH STATEMENT EXECUTE FUNCTION inventory.refuse_change();
-- Also where triggers are off, as in a session that replays what was replicated.
ALTER TABLE inventory.movement ENABLE ALWAYS TRIGGER append_only;

-- Since when a product is low or out in a store, and until when it was.
CREATE TABLE inventory.alert (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  store_id uuid NOT NULL,
  product_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('out', 'low')),
  since timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz CHECK (ended_at >= since)
);
CREATE UNIQUE INDEX alert_open ON inventory.alert (store_id, product_id) WHERE ended_at IS NULL;
CREATE INDEX alert_since ON inventory.alert (since, id);

REVOKE ALL ON FUNCTION inventory.refuse_change FROM PUBLIC;
