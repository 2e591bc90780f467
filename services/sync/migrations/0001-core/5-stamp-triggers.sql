-- When a trigger function stamps a row, and when that is not needed: a call for each row is most of what capture costs a writer, so conditions, which
-- PostgreSQL evaluates itself, let it be called only where it has something to do. None of them trusts what a writer sets.

-- An edit of a row that was written here: the rest of its stamp stays.
CREATE FUNCTION sync.stamp_own() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := greatest(sync.tick(), OLD.version + 1);
  RETURN NEW;
END $$;

-- (Re)makes the triggers that stamp the rows of a table. Their names sort last: other BEFORE triggers have had their say when the row is stamped.
CREATE FUNCTION sync.install_stamp(parts jsonb, by_parts boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF by_parts THEN
    EXECUTE sync.render('CREATE OR REPLACE TRIGGER zz_sync_stamp BEFORE INSERT OR UPDATE ON {{table}} FOR EACH ROW
      WHEN (NOT sync.is_applying()) EXECUTE FUNCTION sync.{{function}}_stamp()', parts);
    RETURN;
  END IF;
  -- An insert that names no stamp has a right one by default: this clock's, within the statement. Any other is replaced, and where the entity has
  -- tombstones the row's own is looked for.
  EXECUTE sync.render('CREATE OR REPLACE TRIGGER zz_sync_stamp_new BEFORE INSERT ON {{table}} FOR EACH ROW WHEN ((
      NEW.version >= sync.statement_tick() AND NEW.version <= sync.tick() AND NEW.origin = sync.origin() AND NEW.vector = ''{}''
      AND current_setting(''sync.graves_{{function}}'', true) = ''none''
    ) IS NOT TRUE AND NOT sync.is_applying())
    EXECUTE FUNCTION sync.{{function}}_stamp()', parts);
  -- What is more than an edit of our own row: a stamp or a key that the writer set, and edits of what came from the other side.
  EXECUTE sync.render('CREATE OR REPLACE TRIGGER zz_sync_stamp BEFORE UPDATE ON {{table}} FOR EACH ROW WHEN ((
      NEW.{{key}} = OLD.{{key}} AND NEW.version = OLD.version AND NEW.origin = OLD.origin AND NEW.vector = OLD.vector
      AND (OLD.origin = sync.origin() OR {{new_compared}} IS NOT DISTINCT FROM {{old_compared}})
    ) IS NOT TRUE AND NOT sync.is_applying())
    EXECUTE FUNCTION sync.{{function}}_stamp()', parts);
  -- Its name comes after the other's: whatever that made of it, the version of an edit is above the old one.
  EXECUTE sync.render('CREATE OR REPLACE TRIGGER zz_sync_stamp_own BEFORE UPDATE ON {{table}} FOR EACH ROW WHEN (
      {{new_compared}} IS DISTINCT FROM {{old_compared}} AND OLD.origin = sync.origin() AND NOT sync.is_applying())
    EXECUTE FUNCTION sync.stamp_own()', parts);
END $$;

REVOKE ALL ON FUNCTION sync.stamp_own, sync.install_stamp FROM PUBLIC;
