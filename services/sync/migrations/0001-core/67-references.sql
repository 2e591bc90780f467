-- What refers to what, as far as it decides whether rows can be applied.

-- Raises where a constraint would act behind apply's back: sync captures nothing of what it applies, so what a cascade took here would be neither
-- deleted nor kept on the other side; and what is checked at the end of the transaction could be isolated from no neighbour.
CREATE FUNCTION sync.check_references(declared jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  synced regclass := (declared ->> 'entity')::regclass;
  wrong text;
BEGIN
  WITH policies AS (
    SELECT synced AS child, declared -> 'crossing' AS crossing
    UNION SELECT to_regclass(e.name), e.policy -> 'crossing' FROM sync.entity e WHERE to_regclass(e.name) <> synced
  )
  SELECT con.conname INTO wrong FROM pg_constraint con JOIN policies p ON p.child = con.conrelid
  WHERE con.contype = 'f' AND synced IN (con.conrelid, con.confrelid) AND con.confrelid IN (SELECT child FROM policies) AND (con.confdeltype = 'c' OR con.confupdtype IN ('c', 'n', 'd')
    OR (con.confdeltype IN ('n', 'd') AND EXISTS (SELECT FROM pg_attribute a
      WHERE a.attrelid = con.conrelid AND a.attnum = ANY (con.conkey) AND p.crossing ? a.attname::text))) LIMIT 1;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'the constraint "%" would change synced rows when a change of another row is applied, and nobody would be told', wrong
      USING HINT = 'Use RESTRICT or NO ACTION, on DELETE and on UPDATE: who changes the parent deals with its children first, and that crosses.', ERRCODE = 'invalid_table_definition';
  END IF;
  SELECT con.conname INTO wrong FROM pg_constraint con WHERE synced IN (con.conrelid, con.confrelid) AND con.condeferred LIMIT 1;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'the constraint "%" is checked when a whole batch is committed, so one row could refuse all', wrong
      USING HINT = 'INITIALLY IMMEDIATE is checked where the row is written.', ERRCODE = 'invalid_table_definition';
  END IF;
END $$;

-- Of deletions that are all refused because others refer to their rows: those that can be made together, since whatever refers to their rows goes with
-- them. Such are circles, which moves in both regions at once can make. Answers ordinals of `deletions`; none of a table that does not refer to itself.
CREATE FUNCTION sync.deletable_together(of_entity text, deletions json) RETURNS int[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  held sync.entity;
  key_type text;
  reference record;
  together text[] := ARRAY(SELECT d ->> '$k' FROM json_array_elements(deletions) d);
  before int;
BEGIN
  SELECT * INTO held FROM sync.entity e WHERE e.name = of_entity;
  IF NOT EXISTS (SELECT FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid = held.name::regclass AND c.confrelid = c.conrelid) THEN
    RETURN '{}';
  END IF;
  SELECT format_type(a.atttypid, a.atttypmod) INTO key_type FROM pg_attribute a WHERE a.attrelid = held.name::regclass AND a.attname = held.key_column;
  LOOP
    before := cardinality(together);
    FOR reference IN
      SELECT c.conrelid::regclass AS child, a.attname AS refers, c.conrelid = c.confrelid AS is_own
      FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
      WHERE c.contype = 'f' AND c.confrelid = held.name::regclass AND cardinality(c.conkey) = 1
    LOOP
      EXECUTE format('SELECT coalesce(array_agg(k), ''{}'') FROM unnest($1) AS k WHERE NOT EXISTS (SELECT FROM %s c WHERE c.%I = k::%s%s)',
        reference.child, reference.refers, key_type,
        CASE WHEN reference.is_own THEN format(' AND c.%I::text <> ALL ($1)', held.key_column) ELSE '' END) INTO together USING together;
    END LOOP;
    EXIT WHEN cardinality(together) IN (0, before);
  END LOOP;
  RETURN ARRAY(SELECT d.n::int FROM json_array_elements(deletions) WITH ORDINALITY AS d(item, n) WHERE d.item ->> '$k' = ANY (together));
END $$;

REVOKE ALL ON FUNCTION sync.check_references, sync.deletable_together FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.deletable_together TO sync;
