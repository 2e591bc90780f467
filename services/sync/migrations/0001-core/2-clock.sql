-- The stamp of a row: a hybrid logical clock (48 bits of milliseconds, 16 of counter), who wrote it, and what the writer had seen.

-- Milliseconds of this clock, as the version that a first write of now would get. date_part is float8: several times cheaper than extract's numeric.
CREATE FUNCTION sync.tick() RETURNS int8 LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN (date_part('epoch', clock_timestamp()) * 1000)::int8 << 16;

-- The same at the beginning of the client's statement: what this clock gives out during a statement lies between the two.
CREATE FUNCTION sync.statement_tick() RETURNS int8 LANGUAGE sql STABLE PARALLEL SAFE
RETURN (date_part('epoch', statement_timestamp()) * 1000)::int8 << 16;

CREATE FUNCTION sync.time_of(version int8) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_timestamp((version >> 16) / 1000.0::float8);

-- Only the apply functions, run by the sync role, are spared from stamping and capture. The setting alone would not do: any role can set it.
CREATE FUNCTION sync.is_applying() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN current_setting('sync.applying', true) = 'on' AND session_user = 'sync';

-- Does a version with `vector`, written as (version, origin), include the version (other_version, other_origin)?
CREATE FUNCTION sync.covers(version int8, origin text, vector jsonb, other_version int8, other_origin text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (origin = other_origin AND version >= other_version) OR coalesce((vector ->> other_origin)::int8, 0) >= other_version;

-- The vector of a local write over (version, origin, vector): what was there has been seen; our own part is the version itself.
CREATE FUNCTION sync.seen(own text, version int8, origin text, vector jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN origin = own THEN vector ELSE (vector - own) || jsonb_build_object(origin, version) END;

-- Two vectors as one: the greater version of each origin.
CREATE FUNCTION sync.join_vectors(a jsonb, b jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT coalesce(jsonb_object_agg(v.key, v.version), '{}')
  FROM (SELECT e.key, max(e.value::int8) AS version FROM (SELECT * FROM jsonb_each_text(a) UNION ALL SELECT * FROM jsonb_each_text(b)) e GROUP BY e.key) v);

-- Names this database: region and incarnation. The origin becomes a constant function, which costs a trigger nothing to read.
CREATE FUNCTION sync.set_node(region text, incarnation int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO sync.node AS n (region, incarnation) VALUES (set_node.region, set_node.incarnation)
  ON CONFLICT (only_row) DO UPDATE SET region = excluded.region, incarnation = excluded.incarnation
  WHERE n.region = excluded.region AND n.incarnation < excluded.incarnation;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'this database is another region''s, or its incarnation is not below %', incarnation;
  END IF;
  EXECUTE format('CREATE OR REPLACE FUNCTION sync.origin() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN %L::text', region || '#' || incarnation);
END $$;
