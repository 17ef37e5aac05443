"""What PostgreSQL does by itself for the log: its functions lock, look and write without waiting for a client.

An ordinary registration is one call: a function does under the locks what `log` does elsewhere.

`operations` prepares the line and its facts and leaves open only what nobody knows before: number, moment, place in
the log (`log.OPEN`). The function takes the locks in the usual order, fills that in, hashes and writes, so that nobody
waits for a client meanwhile. What is not ordinary it leaves to `operations`, with the locks held and nothing written:
the first number of a year, a moment outside the given day, a clock that was set back.
"""

import json
from uuid import UUID

from django.db import transaction

from core import sql
from core.registers import numbering

_LOCK = "SELECT size, frontier, last_at, is_behind, step, leaf_hash, {clock} FROM evidence_lock(%s, %s)"
_CALL = "SELECT number, number_text, moment FROM evidence_register(%s)"


def locking(shard: int, about: UUID) -> sql.Statement:
    """The locked end of a year's log, if there is one; step and leaf hash of the newest fact about an object; and the
    clock, which is read once all that is there."""
    return _LOCK.format(clock=numbering.clock_sql()), [shard, about]


def register(line: dict) -> tuple | None:
    """Number, its text and the moment of a line written with all its facts; nothing if it is not an ordinary one.

    Its transaction commits without waiting for the disk, so that its locks end, and waits after that: see
    docs/decisions/0003-locks-end-before-the-disk.md.
    """
    row = sql.fetch_one((_CALL, [json.dumps(line, ensure_ascii=False, default=_text)]))
    if row[0] is None:
        return None
    transaction.on_commit(sql.flush)
    return row


def _text(value) -> str:
    """A UUID, a date or bytes as PostgreSQL reads them."""
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)


def install(connection) -> None:
    """Create the functions anew, as this code knows them; after every `migrate`, like the triggers."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION IF EXISTS evidence_register(jsonb), evidence_lock(integer, uuid)")
            cursor.execute(_LOCK_FUNCTION)
            cursor.execute(_REGISTER_FUNCTION)


# The end of the log, locked; then, as it is under the lock, the newest fact about an object.
_LOCK_FUNCTION = """
CREATE FUNCTION evidence_lock(year integer, about uuid, OUT size bigint, OUT frontier bytea, OUT last_at timestamptz,
    OUT is_behind boolean, OUT step integer, OUT leaf_hash bytea)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    SELECT head.size, head.frontier, head.last_at, head.is_behind INTO size, frontier, last_at, is_behind
    FROM evidence_loghead head WHERE head.shard = year FOR UPDATE;
    SELECT event.step, event.leaf_hash INTO step, leaf_hash
    FROM evidence_event event WHERE event.object_id = about ORDER BY event.step DESC LIMIT 1;
END $$
"""

_REGISTER_FUNCTION = r"""
CREATE FUNCTION evidence_register(line jsonb, OUT number integer, OUT number_text text, OUT moment timestamptz)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    known record;
    register record;
    head record;
    fact record;
    previous record;
    filled bytea;
    node bytea;
    taken integer;
    digits text;
    sum integer;
    now timestamptz;
    entry_key bigint;
    event_key bigint;
    level integer;
BEGIN
    SELECT * INTO known FROM jsonb_to_record(line) AS l(
        register bigint, shard integer, since timestamptz, until timestamptz,
        beginning text, checksum integer, entry jsonb, words jsonb, facts jsonb);

    -- the locks, in the order everybody takes them; who waits does so in a queue
    PERFORM pg_advisory_xact_lock(known.register);
    SELECT last_number, last_at INTO register FROM registers_register WHERE id = known.register FOR UPDATE;
    SELECT size, frontier, last_at, is_behind INTO head FROM evidence_loghead WHERE shard = known.shard FOR UPDATE;

    -- the moment, read under the locks: it never goes back, and lies in the day the line was prepared for
    now := clock_timestamp();
    IF register.last_at IS NULL OR head.last_at IS NULL OR head.is_behind
        OR now < head.last_at - interval '1 second' OR now < known.since
        OR greatest(now, register.last_at, head.last_at) >= known.until
    THEN
        RETURN;
    END IF;
    now := greatest(now, register.last_at, head.last_at);

    -- the number with its check character (ISO 7064 MOD 37,36)
    taken := register.last_number + 1;
    digits := lpad(taken::text, greatest(6, length(taken::text)), '0');
    sum := known.checksum;
    FOR place IN 1 .. length(digits) LOOP
        sum := (coalesce(nullif(sum, 0), 36) * 2 % 37 + substr(digits, place, 1)::integer) % 36;
    END LOOP;
    sum := (37 - coalesce(nullif(sum, 0), 36) * 2 % 37) % 36;
    number_text := known.beginning || digits || '-' || substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', sum + 1, 1);

    -- the line and its words
    entry_key := known.register * 10000000 + taken;
    INSERT INTO registers_entry (id, register_id, number, number_text, registered_at, local_date, document_date, nature,
        channel, support, content_hash, body_hash, object_id, rectifies_id, state, annul_reason)
    SELECT entry_key, known.register, taken, number_text, now, given.* FROM jsonb_to_record(known.entry) AS given(
        local_date date, document_date date, nature text, channel text, support text, content_hash text,
        body_hash text, object_id uuid, rectifies_id bigint, state text, annul_reason text);
    INSERT INTO registers_entrybody (entry_id, subject, sender, recipients, salt)
    SELECT entry_key, given.* FROM jsonb_to_record(known.words) AS given(
        subject text, sender text, recipients text, salt bytea);

    FOR fact IN SELECT * FROM jsonb_to_recordset(known.facts) AS f(
        code text, object_id uuid, entry_id bigint, record text, salt bytea, body bytea)
    LOOP
        -- the fact: its record filled in, chained to the object's previous one, and hashed (RFC 6962)
        SELECT step, leaf_hash INTO previous FROM evidence_event
        WHERE object_id = fact.object_id ORDER BY step DESC LIMIT 1;
        filled := convert_to(replace(replace(replace(replace(replace(fact.record,
            E'\x01', to_char(now AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
            E'\x02', number_text),
            E'\x03', coalesce(encode(previous.leaf_hash, 'hex'), '')),
            E'\x04', head.size::text),
            E'\x05', (coalesce(previous.step, 0) + 1)::text), 'UTF8');
        node := sha256('\x00'::bytea || filled);
        event_key := known.shard * 10000000000 + head.size;
        INSERT INTO evidence_event (id, code, at, object_id, step, entry_id, record, leaf_hash)
        VALUES (event_key, fact.code, now, fact.object_id, coalesce(previous.step, 0) + 1,
            coalesce(fact.entry_id, entry_key), filled, node);
        IF fact.body IS NOT NULL THEN
            INSERT INTO evidence_eventbody (event_id, salt, body) VALUES (event_key, fact.salt, fact.body);
        END IF;

        -- the log: the leaf closes as many subtrees as the size has ones at its end; those from 16 leaves are kept
        level := 0;
        WHILE (head.size >> level) & 1 = 1 LOOP
            node := sha256('\x01'::bytea || substr(head.frontier, length(head.frontier) - 31) || node);
            head.frontier := substr(head.frontier, 1, length(head.frontier) - 32);
            level := level + 1;
            IF level >= 4 THEN
                INSERT INTO evidence_subtree (id, hash)
                VALUES ((((known.shard::bigint << 6) | level) << 40) | (head.size >> level), node);
            END IF;
        END LOOP;
        head.frontier := head.frontier || node;
        head.size := head.size + 1;
    END LOOP;

    UPDATE registers_register SET last_number = taken, last_at = now WHERE id = known.register;
    UPDATE evidence_loghead SET size = head.size, frontier = head.frontier, last_at = now WHERE shard = known.shard;
    PERFORM set_config('synchronous_commit', 'off', true);
    number := taken;
    moment := now;
END $$
"""
