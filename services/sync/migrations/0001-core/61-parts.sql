-- Rows that are merged by parts. Such a row, alive or deleted, is a state
--   {"$k": key, "$v": version, "$o": origin, "$w": vector, "$p": parts, <column>: <value>..., "$d": true where it is deleted}
-- with parts = {<group>: stamp..., "$alive": stamp, "$grave": stamp where it was ever deleted, "$counters": {<column>: {<origin>: [value, version]}}}
-- and stamp = [rank, version, origin]. States form a join-semilattice: the greater stamp wins each part, each origin's latest count stands, what
-- was seen is united. So the order and the number of deliveries do not matter, and a join makes no stamp of its own. A state is alive where
-- $alive is greater than $grave. $v and $o are the greatest of what was seen, $w is the rest of it.

-- Has who saw (version, origin, vector) seen all that (other_version, other_origin, other_vector) had?
CREATE FUNCTION sync.includes(version int8, origin text, vector jsonb, other_version int8, other_origin text, other_vector jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF sync.covers(version, origin, vector, other_version, other_origin) IS NOT TRUE THEN
    RETURN false;
  END IF;
  RETURN other_vector = '{}' OR NOT EXISTS (
    SELECT FROM jsonb_each(other_vector) e WHERE NOT sync.covers(version, origin, vector, e.value::int8, e.key));
END $$;

-- Is the stamp `a` the greater? A part that is not there is below every stamp.
CREATE FUNCTION sync.part_after(a jsonb, b jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN a IS NOT NULL
  AND (b IS NULL OR ((a ->> 0)::int8, (a ->> 1)::int8, (a ->> 2) COLLATE "C") > ((b ->> 0)::int8, (b ->> 1)::int8, (b ->> 2) COLLATE "C"));

-- All that a state has seen, by origin: its vector and its own version.
CREATE FUNCTION sync.seen_by(state jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (state -> '$w') || jsonb_build_object(state ->> '$o', (state ->> '$v')::int8);

CREATE FUNCTION sync.has_seen(seen jsonb, version int8, origin text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce((seen ->> origin)::int8, 0) >= version;

CREATE FUNCTION sync.parts_alive(parts jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN sync.part_after(parts -> '$alive', parts -> '$grave');

-- The write of (version, origin) to one part. A rank never falls: the other region would take the higher one, and the two would part.
CREATE FUNCTION sync.stamp_part(parts jsonb, part text, rank int8, version int8, origin text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF rank < (parts -> part ->> 0)::int8 THEN
    RAISE EXCEPTION 'the state of "%" only moves forward', part
      USING ERRCODE = 'SY001', HINT = 'A state of a lower rank cannot follow. A deleted row keeps its rank: start again under another key.';
  END IF;
  RETURN parts || jsonb_build_object(part, jsonb_build_array(rank, version, origin));
END $$;

-- The rank of a state in `ranks` ({state: rank}).
CREATE FUNCTION sync.rank_of(ranks jsonb, state text) RETURNS int8 LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF state IS NULL OR NOT ranks ? state THEN
    RAISE EXCEPTION 'a state that the policy gives no rank' USING ERRCODE = 'check_violation';
  END IF;
  RETURN (ranks ->> state)::int8;
END $$;

-- Counts `delta` in the slot of `origin`. A slot holds the sum of all that its origin has counted, never a difference: it may come twice.
CREATE FUNCTION sync.count_part(parts jsonb, counter text, delta numeric, version int8, origin text) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN CASE WHEN delta = 0 THEN parts ELSE
  parts || jsonb_build_object('$counters', coalesce(parts -> '$counters', '{}') || jsonb_build_object(counter,
    coalesce(parts -> '$counters' -> counter, '{}')
      || jsonb_build_object(origin, jsonb_build_array(coalesce((parts -> '$counters' -> counter -> origin ->> 0)::numeric, 0) + delta, version))))
END;

-- What the slots of a counter add up to.
CREATE FUNCTION sync.counted(slots jsonb) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT coalesce(sum((value ->> 0)::numeric), 0) FROM jsonb_each(coalesce(slots, '{}')));

-- The join of two states of one row. `merge` is {"groups": {<group>: [column...]}, "counters": [column...]}.
CREATE FUNCTION sync.join_states(merge jsonb, a jsonb, b jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  joined jsonb := jsonb_build_object('$k', a -> '$k');
  parts jsonb := '{}';
  counters jsonb;
  seen jsonb;
  part record;
  winner jsonb;
  other jsonb;
BEGIN
  FOR part IN SELECT key AS name, value AS columns FROM jsonb_each(merge -> 'groups') LOOP
    winner := a;
    other := b;
    IF sync.part_after(b -> '$p' -> part.name, a -> '$p' -> part.name) THEN
      winner := b;
      other := a;
    END IF;
    IF winner -> '$p' ? part.name THEN
      parts := parts || jsonb_build_object(part.name, winner -> '$p' -> part.name);
    END IF;
    -- A column that the winner's region does not know yet keeps what is held of it.
    joined := joined || (
      SELECT coalesce(jsonb_object_agg(c, coalesce(winner -> c, other -> c)), '{}')
      FROM jsonb_array_elements_text(part.columns) AS c WHERE winner ? c OR other ? c);
  END LOOP;

  SELECT coalesce(jsonb_object_agg(c.counter, slots.latest) FILTER (WHERE slots.latest IS NOT NULL), '{}') INTO counters
  FROM (
    SELECT jsonb_array_elements_text(merge -> 'counters')
    UNION SELECT jsonb_object_keys(a -> '$p' -> '$counters') UNION SELECT jsonb_object_keys(b -> '$p' -> '$counters')
  ) AS c(counter)
  CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(s.key, s.value) AS latest FROM (
      SELECT DISTINCT ON (e.key) e.key, e.value
      FROM (VALUES (a), (b)) AS of(state), jsonb_each(of.state -> '$p' -> '$counters' -> c.counter) e
      ORDER BY e.key, (e.value ->> 1)::int8 DESC
    ) s
  ) slots;
  IF counters <> '{}' THEN
    parts := parts || jsonb_build_object('$counters', counters);
  END IF;
  joined := joined || (
    SELECT coalesce(jsonb_object_agg(c, sync.counted(counters -> c)), '{}')
    FROM jsonb_array_elements_text(merge -> 'counters') AS c WHERE a ? c OR b ? c);

  SELECT parts || coalesce(jsonb_object_agg(p.name, CASE WHEN sync.part_after(b -> '$p' -> p.name, a -> '$p' -> p.name) THEN b -> '$p' -> p.name ELSE a -> '$p' -> p.name END), '{}')
  INTO parts
  -- Life and death, and groups that only the other region knows yet: their columns wait beside the row, their stamps (and the slots of counters) with it.
  FROM (SELECT jsonb_object_keys(a -> '$p') UNION SELECT jsonb_object_keys(b -> '$p')) AS p(name)
  WHERE p.name <> '$counters' AND NOT merge -> 'groups' ? p.name;

  SELECT jsonb_object_agg(s.origin, s.version) INTO seen
  FROM (SELECT e.key AS origin, max(e.value::int8) AS version
        FROM (VALUES (a), (b)) AS of(state), jsonb_each(sync.seen_by(of.state)) e GROUP BY e.key) s;
  SELECT joined || jsonb_build_object('$v', e.value #>> '{}', '$o', e.key, '$w', seen - e.key, '$p', parts) INTO joined
  FROM jsonb_each(seen) e ORDER BY e.value::int8 DESC, e.key COLLATE "C" DESC LIMIT 1;
  RETURN CASE WHEN sync.parts_alive(parts) THEN joined ELSE joined || '{"$d": true}' END;
END $$;

-- What of two states that had not seen each other went against each other, and how: the losing write of each part, with the winning one.
-- A group conflicts where neither side's write had been seen by the other side. A deletion conflicts with whatever it deletes unseen, or with
-- the write that keeps the row alive unseen. Counters do not conflict, except with a deletion.
CREATE FUNCTION sync.part_conflicts(merge jsonb, a jsonb, b jsonb) RETURNS TABLE (part text, winner jsonb, loser jsonb, a_won boolean, rule text)
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  seen_by_a jsonb := sync.seen_by(a);
  seen_by_b jsonb := sync.seen_by(b);
  live jsonb := a;
  dead jsonb := b;
  in_a jsonb;
  in_b jsonb;
  columns jsonb;
BEGIN
  FOR part, columns IN SELECT key, value FROM jsonb_each(merge -> 'groups' || '{"$grave": []}') LOOP
    in_a := a -> '$p' -> part;
    in_b := b -> '$p' -> part;
    CONTINUE WHEN in_a IS NULL OR in_b IS NULL OR in_a = in_b
      OR sync.has_seen(seen_by_b, (in_a ->> 1)::int8, in_a ->> 2) OR sync.has_seen(seen_by_a, (in_b ->> 1)::int8, in_b ->> 2);
    a_won := sync.part_after(in_a, in_b);
    winner := sync.part_version(a, part, columns);
    loser := sync.part_version(b, part, columns);
    IF NOT a_won THEN
      SELECT loser, winner INTO winner, loser;
    END IF;
    rule := CASE WHEN in_a -> 0 = in_b -> 0 THEN 'part-last-writer-wins' ELSE 'part-higher-rank-wins' END;
    RETURN NEXT;
  END LOOP;

  IF sync.parts_alive(a -> '$p') = sync.parts_alive(b -> '$p') THEN
    RETURN;
  END IF;
  a_won := true;
  IF NOT sync.parts_alive(a -> '$p') THEN
    live := b;
    dead := a;
    a_won := false;
  END IF;
  IF sync.has_seen(sync.seen_by(live), (dead -> '$p' -> '$grave' ->> 1)::int8, dead -> '$p' -> '$grave' ->> 2) THEN
    RETURN;
  END IF;
  IF sync.part_after(live -> '$p' -> '$alive', dead -> '$p' -> '$grave') THEN
    part := '$grave';
    winner := sync.part_version(live, '$alive', '[]');
    loser := sync.part_version(dead, '$grave', '[]');
    rule := 'edit-after-deletion';
    RETURN NEXT;
    RETURN;
  END IF;
  a_won := NOT a_won;
  winner := sync.part_version(dead, '$grave', '[]');
  rule := 'deletion-after-edit';
  FOR part, loser IN
    SELECT key, sync.part_version(live, key, value) FROM jsonb_each(merge -> 'groups')
    WHERE live -> '$p' ? key AND NOT sync.has_seen(sync.seen_by(dead), (live -> '$p' -> key ->> 1)::int8, live -> '$p' -> key ->> 2)
    UNION ALL
    SELECT c.counter, jsonb_build_object('$k', live -> '$k', '$v', slot.value ->> 1, '$o', slot.key, c.counter, slot.value -> 0)
    FROM jsonb_array_elements_text(merge -> 'counters') AS c(counter), jsonb_each(live -> '$p' -> '$counters' -> c.counter) slot
    WHERE NOT sync.has_seen(sync.seen_by(dead), (slot.value ->> 1)::int8, slot.key)
  LOOP
    RETURN NEXT;
  END LOOP;
END $$;

-- One part of a state as a conflict record keeps it: who wrote it, and what.
CREATE FUNCTION sync.part_version(state jsonb, part text, columns jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN jsonb_build_object('$k', state -> '$k', '$v', state -> '$p' -> part ->> 1, '$o', state -> '$p' -> part ->> 2, '$r', state -> '$p' -> part -> 0)
  || CASE WHEN part = '$grave' THEN '{"$d": true}'::jsonb ELSE '{}' END
  || (SELECT coalesce(jsonb_object_agg(c, state -> c), '{}') FROM jsonb_array_elements_text(columns) AS c WHERE state ? c);

-- Records the conflicts between two states; answers how they ended for `b`: won, lost, split, or NULL where there were none.
CREATE FUNCTION sync.record_part_conflicts(of_entity text, merge jsonb, a jsonb, b jsonb) RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  found record;
  fate text;
  ended text;
BEGIN
  FOR found IN SELECT * FROM sync.part_conflicts(merge, a, b) LOOP
    INSERT INTO sync.conflict (entity, key, part, winner_version, winner_origin, winner, loser_version, loser_origin, loser, rule)
    VALUES (of_entity, a ->> '$k', found.part, (found.winner ->> '$v')::int8, found.winner ->> '$o', found.winner,
      (found.loser ->> '$v')::int8, found.loser ->> '$o', found.loser, found.rule)
    ON CONFLICT (entity, key, part, loser_version, loser_origin) DO NOTHING;
    fate := CASE WHEN found.a_won THEN 'lost' ELSE 'won' END;
    ended := CASE WHEN coalesce(ended, fate) = fate THEN fate ELSE 'split' END;
  END LOOP;
  RETURN ended;
END $$;

REVOKE ALL ON FUNCTION sync.includes, sync.part_after, sync.seen_by, sync.has_seen, sync.parts_alive, sync.stamp_part, sync.rank_of, sync.count_part,
  sync.counted, sync.join_states, sync.part_conflicts, sync.part_version, sync.record_part_conflicts FROM PUBLIC;
