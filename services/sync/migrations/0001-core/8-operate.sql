-- What an operator's calls change. Only the sync role may call them, and it writes the audit beside them.

-- Takes a dead letter up again. What the peer had refused is pointed at once more, as it is now; what had been parked here is parked again, to be
-- tried. Either way stamps decide what becomes of it, so newer writes keep what they did. `how` is NULL where there is nothing left to point at:
-- the letter then stays.
CREATE FUNCTION sync.redrive(letter int8, OUT entity text, OUT key text, OUT version int8, OUT how text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  held sync.dead_letter;
BEGIN
  SELECT d.* INTO held FROM sync.dead_letter d WHERE d.id = letter FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  entity := held.entity;
  key := held.key;
  version := held.version;
  IF held.item IS NOT NULL THEN
    PERFORM sync.park(held.entity, held.item, 'redriven', NULL, NULL, NULL);
    how := 'parked';
  ELSIF EXISTS (SELECT FROM sync.entity e WHERE e.name = held.entity) THEN
    EXECUTE format('SELECT r.version FROM sync.%I(ARRAY[$1]) r', replace(held.entity, '.', '_') || '_read') INTO version USING held.key;
    IF version IS NOT NULL THEN
      INSERT INTO sync.outbox (entity, pointers, size) VALUES (held.entity, '[' || sync.pointer(held.key, version) || ']', 1);
      how := 'pointed';
    END IF;
  END IF;
  IF how IS NOT NULL THEN
    DELETE FROM sync.dead_letter d WHERE d.id = letter;
  END IF;
END $$;

REVOKE ALL ON FUNCTION sync.redrive FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.redrive, sync.journal_trim, sync.pointers_of TO sync;
GRANT INSERT, DELETE ON sync.pause TO sync;
GRANT INSERT ON sync.journal, sync.audit TO sync;
