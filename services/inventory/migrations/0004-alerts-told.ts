import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * An alert that begins is an event of its product, too (docs/domain.md): whoever commits what made it begin publishes it. Otherwise as before.
 */
export const alertsTold: Migration = {
  async up(db) {
    await sql`
      CREATE OR REPLACE FUNCTION inventory.cross_level() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      DECLARE
        level text := inventory.level_of(NEW.on_hand - NEW.reserved, NEW.low_at);
      BEGIN
        UPDATE inventory.alert a SET ended_at = greatest(clock_timestamp(), a.since)
        WHERE a.store_id = NEW.store_id AND a.product_id = NEW.product_id AND a.ended_at IS NULL;
        IF level <> 'ample' THEN
          INSERT INTO inventory.alert (store_id, product_id, kind) VALUES (NEW.store_id, NEW.product_id, level);
          PERFORM events.emit(format('madeinworld.stock.%s.v1', level), NEW.product_id::text);
        END IF;
        IF NEW.store_id = (SELECT s.online_store_id FROM inventory.setting s) THEN
          PERFORM inventory.tell_availability(ARRAY[NEW.product_id], ARRAY[level]);
        END IF;
        RETURN NULL;
      END $$`.execute(db);
  },
};
