-- What an operator may tune, with the defaults. Units come last in a name; the functions below answer a value in its type, and raise for a name that is none.
CREATE TABLE sync.setting (
  name text COLLATE "C" PRIMARY KEY,
  value jsonb NOT NULL,
  -- A time or a number is neither negative nor a text: a mistake is refused where it is made.
  CHECK (name !~ '_(ms|rows)$' OR (jsonb_typeof(value) = 'number' AND (value #>> '{}')::numeric >= 0))
);

INSERT INTO sync.setting VALUES
  -- A tombstone that the peer confirmed is kept for this long: longer than any outage, and than any message or backup that is still to be played in.
  ('tombstone_horizon_ms', '2592000000'),
  -- What is parked for longer goes to the dead letters. Shorter than the horizon, so that no parked item outlives the tombstone that it has not seen.
  ('parked_expiry_ms', '1209600000'),
  ('conflict_retention_ms', '7776000000'),
  -- How many rows of each kind one round of collection takes.
  ('collect_rows', '5000');

CREATE FUNCTION sync.setting_text(of_name text) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  found_value text;
BEGIN
  SELECT s.value #>> '{}' INTO found_value FROM sync.setting s WHERE s.name = of_name;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no setting %', of_name USING ERRCODE = 'undefined_object';
  END IF;
  RETURN found_value;
END $$;

CREATE FUNCTION sync.setting_ms(name text) RETURNS int8 LANGUAGE sql STABLE RETURN sync.setting_text(name)::int8;
CREATE FUNCTION sync.setting_rows(name text) RETURNS int LANGUAGE sql STABLE RETURN sync.setting_text(name)::int;

-- The same as an interval, to compare times with.
CREATE FUNCTION sync.setting_interval(name text) RETURNS interval LANGUAGE sql STABLE
RETURN sync.setting_text(name)::int8 * interval '1 millisecond';

REVOKE ALL ON FUNCTION sync.setting_text, sync.setting_ms, sync.setting_rows, sync.setting_interval FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.setting_text, sync.setting_ms, sync.setting_rows, sync.setting_interval TO sync;
