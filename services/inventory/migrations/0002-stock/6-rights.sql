-- Who may do what. Orders calls functions, and sees no table. The service changes what is on hand and when it is low, and adds to the ledger: what is reserved is
-- the functions' to say.
GRANT USAGE ON SCHEMA inventory TO inventory, orders;
GRANT EXECUTE ON FUNCTION inventory.reserve, inventory.allocate, inventory.release, inventory.ship, inventory.take_back, inventory.hand_over, inventory.expire TO orders;

GRANT SELECT ON inventory.setting, inventory.stock, inventory.reservation, inventory.reservation_line, inventory.movement, inventory.alert, inventory.availability
  TO inventory;
GRANT UPDATE (on_hand, low_at) ON inventory.stock TO inventory;
GRANT INSERT (store_id, product_id, kind, delta_on_hand, reference, actor) ON inventory.movement TO inventory;
GRANT EXECUTE ON FUNCTION inventory.lock_stock, inventory.choose_online_store TO inventory;

-- An order that takes the last one changes availability: whoever commits it publishes it.
GRANT USAGE ON SCHEMA sync TO orders;
GRANT EXECUTE ON FUNCTION sync.outbox_claim, sync.outbox_settle, sync.outbox_release TO orders;
