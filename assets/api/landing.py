"""raw_<source>.<stream>: append-only envelopes, landed in one transaction with their cursor.

What belongs here: envelopes, cursors, what a full listing has seen, and the account of readings.
What does not: HTTP, and what a payload means (staging).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from types import NoneType

import duckdb
import orjson
import pyarrow as pa  # type: ignore[import-untyped]

from assets.api.client import PATIENCE_S, LoggedRequest
from assets.api.clock import Clock
from assets.api.paging import Record
from pipelines.loads import Stream, next_load_id, record_envelopes, record_load

ENVELOPE_COLUMNS = {
    "id": "varchar not null",
    "payload": "json",
    "cursor": "varchar",
    "is_deleted": "boolean not null",
    "content_hash": "varchar not null",
    "extracted_at": "timestamptz not null",
    "load_id": "bigint not null",
    "row_no": "bigint not null",
}


@dataclass(frozen=True)
class Standing:
    """How the warehouse knows a record: the cursor of its latest version, and whether it exists."""

    cursor: str | None
    is_deleted: bool


@dataclass
class Reading:
    """The account of one reading of one stream in one run.

    `source_n` is how many live records the source showed in a full listing, `here_n` how many the
    warehouse holds after it.
    """

    stream: str
    kind: str
    pages_n: int = 0
    records_n: int = 0
    landed_n: int = 0
    source_n: int | None = None
    here_n: int | None = None
    deleted_n: int = 0


@dataclass
class Chunk:
    """What goes to the warehouse in one transaction: records by stream, and cursors by stream."""

    records: dict[str, list[Record]] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)

    def add(self, stream: str, records: Sequence[Record]) -> None:
        self.records.setdefault(stream, []).extend(records)

    @property
    def size(self) -> int:
        return sum(len(records) for records in self.records.values())


class Landing:
    """The raw schema of one source, in one run.

    `lookups` are streams whose records are named by those of others, as a price names its product.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        source: str,
        run_id: str,
        clock: Clock,
        lookups: Collection[str] = (),
    ) -> None:
        self._connection = connection
        self._source = source
        self._run_id = run_id
        self._clock = clock
        self._lookups = frozenset(lookups)

    def create_tables(self, streams: Sequence[str]) -> None:
        columns = ", ".join(f"{name} {kind}" for name, kind in ENVELOPE_COLUMNS.items())
        self._connection.execute(f"create schema if not exists raw_{self._source}")
        for stream in streams:
            self._connection.execute(
                f"create table if not exists {self._table(stream)} ({columns})"
            )

    def cursor(self, stream: str) -> str | None:
        """Where the last committed chunk of the stream ended."""
        row = self._connection.execute(
            "select cursor from meta.source_cursor where source = ? and stream = ?",
            [self._source, stream],
        ).fetchone()
        return row[0] if row else None

    def known(self, stream: str, ids: Sequence[str]) -> set[str]:
        """Those of the ids that have landed."""
        rows = self._connection.execute(
            f"select distinct id from {self._table(stream)} "
            "where id in (select unnest(cast(? as varchar[])))",
            [list(ids)],
        ).fetchall()
        return {row[0] for row in rows}

    def standing(self, stream: str, ids: Sequence[str]) -> dict[str, Standing]:
        """Those of the ids that have landed, as they are known."""
        if not ids:
            return {}
        rows = self._connection.execute(
            f"select id, cursor, is_deleted from {self._table(stream)} "
            "where id in (select unnest(cast(? as varchar[]))) "
            "qualify row_number() over (partition by id order by load_id desc, row_no desc) = 1",
            [list(ids)],
        ).fetchall()
        return {id_: Standing(cursor, is_deleted) for id_, cursor, is_deleted in rows}

    def live_after(self, stream: str, load_id: int, row_no: int) -> list[tuple[str, int, int]]:
        """Live records whose latest version landed after this place; id and place, in order."""
        return self._connection.execute(
            f"{self._latest(stream)} select id, load_id, row_no from latest "
            "where not is_deleted and (load_id, row_no) > (?, ?) order by load_id, row_no",
            [load_id, row_no],
        ).fetchall()

    def begin_listing(self, stream: str, cursor: str) -> None:
        """Forget what an earlier listing saw; this one starts at the cursor."""
        with self._transaction():
            self._forget_listed(stream)
            self._set_cursor(stream, cursor)

    def unlisted(self, stream: str) -> list[str]:
        """Live ids of the warehouse that the full listing has not shown."""
        rows = self._connection.execute(
            f"{self._latest(stream)} select id from latest where not is_deleted and not exists "
            "(select 1 from meta.listed_id as listed where listed.source = ? "
            "and listed.stream = ? and listed.id = latest.id) order by id",
            [self._source, stream],
        ).fetchall()
        return [row[0] for row in rows]

    def listed_n(self, stream: str) -> int:
        row = self._connection.execute(
            "select count(distinct id) from meta.listed_id where source = ? and stream = ?",
            [self._source, stream],
        ).fetchone()
        return int(row[0]) if row else 0

    def live_n(self, stream: str) -> int:
        """How many records of the stream exist as far as the warehouse knows."""
        row = self._connection.execute(
            f"{self._latest(stream)} select count(*) from latest where not is_deleted"
        ).fetchone()
        return int(row[0]) if row else 0

    def end_listing(self, stream: str, chunk: Chunk) -> int:
        """Land the last chunk of a full listing, and forget what the listing saw."""
        with self._transaction():
            landed = self._land(chunk)
            self._forget_listed(stream)
        return landed

    def land(self, chunk: Chunk, listing: str | None = None) -> int:
        """Commit a chunk; returns how many versions are new.

        `listing` names the stream whose full listing the chunk belongs to.
        """
        with self._transaction():
            landed = self._land(chunk)
            if listing:
                self._note_listed(listing, chunk.records.get(listing, ()))
        return landed

    def note(self, reading: Reading, outcome: str) -> None:
        """Keep the account of a reading; `outcome` is complete, or the error that ended it."""
        self._connection.execute(
            "insert into meta.stream_read values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                self._run_id,
                self._source,
                reading.stream,
                reading.kind,
                reading.pages_n,
                reading.records_n,
                reading.landed_n,
                reading.source_n,
                reading.here_n,
                reading.deleted_n,
                outcome,
                self._clock.now(),
            ],
        )

    def recent_requests(self, seconds: float) -> list[tuple[str, float]]:
        """Path and age in seconds of the requests of the last so many seconds, the oldest first."""
        now = self._clock.now()
        rows = self._connection.execute(
            "select path, asked_at + to_microseconds(cast(seconds * 1000000 as bigint)) "
            "from meta.request where source = ? and asked_at > ? order by 2",
            # No request is under way for longer than it has patience.
            [self._source, now - timedelta(seconds=seconds + PATIENCE_S)],
        ).fetchall()
        aged = [(path, (now - at).total_seconds()) for path, at in rows]
        return [(path, age) for path, age in aged if age < seconds]

    def log(self, requests: Sequence[LoggedRequest]) -> None:
        if not requests:
            return
        table = pa.table(
            {
                "asked_at": [r.asked_at for r in requests],
                "path": [r.path for r in requests],
                "params": [r.params for r in requests],
                "attempt": [r.attempt for r in requests],
                "status": pa.array([r.status for r in requests], pa.int64()),
                "bytes_n": [r.bytes_n for r in requests],
                "limited_s": [r.limited_s for r in requests],
                "seconds": [r.seconds for r in requests],
                "problem": pa.array([r.problem for r in requests], pa.string()),
            }
        )
        self._connection.register("asked", table)
        self._connection.execute(
            "insert into meta.request select ?, ?, * from asked", [self._run_id, self._source]
        )
        self._connection.unregister("asked")

    def _table(self, stream: str) -> str:
        return f"raw_{self._source}.{stream}"

    def _latest(self, stream: str) -> str:
        return (
            "with latest as (select id, is_deleted, content_hash, load_id, row_no "
            f"from {self._table(stream)} "
            "qualify row_number() over (partition by id order by load_id desc, row_no desc) = 1)"
        )

    def _note_listed(self, stream: str, records: Sequence[Record]) -> None:
        """Remember which ids were seen alive; one that was listed as deleted later no longer is."""
        newest = {record.id: record for record in records}
        seen = pa.table(
            {
                "id": pa.array(newest, pa.string()),
                "is_deleted": pa.array([r.is_deleted for r in newest.values()], pa.bool_()),
            }
        )
        self._connection.register("listed_now", seen)
        self._connection.execute(
            "delete from meta.listed_id where source = ? and stream = ? "
            "and id in (select id from listed_now where is_deleted)",
            [self._source, stream],
        )
        self._connection.execute(
            "insert into meta.listed_id select ?, ?, id from listed_now where not is_deleted",
            [self._source, stream],
        )
        self._connection.unregister("listed_now")

    def _forget_listed(self, stream: str) -> None:
        self._connection.execute(
            "delete from meta.listed_id where source = ? and stream = ?", [self._source, stream]
        )

    def _land(self, chunk: Chunk) -> int:
        now = self._clock.now()
        landed = 0
        for stream, records in chunk.records.items():
            if records:
                landed += self._append(stream, records, now)
                self._note_fields(stream, records, now)
        for stream, cursor in chunk.cursors.items():
            self._set_cursor(stream, cursor)
        return landed

    def _append(
        self,
        stream: str,
        records: Sequence[Record],
        now: datetime,
    ) -> int:
        """Add the versions that differ from the latest of their id; of several the last one."""
        load_id = next_load_id(self._connection)
        newest = {record.id: record for record in records}
        self._connection.register("fetched", _envelopes(list(newest.values())))
        [(landed,)] = self._connection.execute(
            f"""
            insert into {self._table(stream)}
            with landed as (
                select present.id, max_by(present.content_hash, (present.load_id, present.row_no))
                    as content_hash
                from {self._table(stream)} as present
                where present.id in (select id from fetched)
                group by present.id
            )
            select
                fetched.id, fetched.payload, fetched.cursor, fetched.is_deleted,
                fetched.content_hash, cast($now as timestamptz), $load_id, fetched.row_no
            from fetched
            left join landed on fetched.id = landed.id
            where fetched.content_hash is distinct from landed.content_hash
            """,
            {"now": now, "load_id": load_id},
        ).fetchall()
        self._connection.unregister("fetched")
        if landed:
            self._record(stream, load_id, int(landed), now)
        return int(landed)

    def _record(self, stream: str, load_id: int, landed: int, now: datetime) -> None:
        file = f"{self._source}/{stream}"
        record_load(
            self._connection, load_id, self._run_id, Stream(self._source, stream), file, "",
            landed, now,
        )  # fmt: skip
        revised = 0
        if stream in self._lookups:
            [(revised,)] = self._connection.execute(
                f"select count(*) from {self._table(stream)} as fresh where fresh.load_id = ? "
                f"and exists (select 1 from {self._table(stream)} as former "
                "where former.id = fresh.id and former.load_id < fresh.load_id)",
                [load_id],
            ).fetchall()
        record_envelopes(self._connection, load_id, int(revised))

    def note_parts(self, stream: str, field: str, names: Sequence[str]) -> None:
        """Remember what one field of a stream's records consists of; what leaves it is drift too.

        For a source that declares it. What comes without a word is noted as it lands.
        """
        part, now = f"{stream}.{field}", self._clock.now()
        with self._transaction():
            self._note_new(stream, part, set(names), now)
            for name in sorted(self._noted(part) - set(names)):
                self._connection.execute(
                    "delete from meta.stream_field where source = ? and stream = ? and field = ?",
                    [self._source, part, name],
                )
                self._note_drift(stream, part, name, "gone", now)

    def _note_fields(self, stream: str, records: Sequence[Record], now: datetime) -> None:
        """Remember the fields and their types; what turns up after the first chunk is drift.

        Of what is deleted a source says other things, and those say nothing of the stream.
        """
        seen: set[tuple[str, type]] = set()
        for record in records:
            if not record.is_deleted and record.payload:
                # Of every value of every record: without a line of Python for each.
                seen.update(zip(record.payload, map(type, record.payload.values()), strict=True))
        self._note_new(stream, stream, {name for name, _ in seen}, now)
        typed = {(name, _json_type(kind)) for name, kind in seen if kind is not NoneType}
        self._note_types(stream, typed, now)

    def _note_types(self, stream: str, typed: set[tuple[str, str]], now: datetime) -> None:
        known = set(
            self._connection.execute(
                "select field, json_type from meta.stream_field_type "
                "where source = ? and stream = ?",
                [self._source, stream],
            ).fetchall()
        )
        fields = {name for name, _ in known}
        for name, json_type in sorted(typed - known):
            self._connection.execute(
                "insert into meta.stream_field_type values (?, ?, ?, ?)",
                [self._source, stream, name, json_type],
            )
            if name in fields:
                self._note_drift(stream, stream, name, "retyped", now)

    def _noted(self, part: str) -> set[str]:
        rows = self._connection.execute(
            "select field from meta.stream_field where source = ? and stream = ?",
            [self._source, part],
        ).fetchall()
        return {name for (name,) in rows}

    def _note_new(self, stream: str, part: str, names: set[str], now: datetime) -> None:
        known = self._noted(part)
        for name in sorted(names - known):
            self._connection.execute(
                "insert into meta.stream_field values (?, ?, ?, ?)",
                [self._source, part, name, now],
            )
            if known:
                self._note_drift(stream, part, name, "new", now)

    def _note_drift(self, stream: str, part: str, name: str, change: str, now: datetime) -> None:
        self._connection.execute(
            "insert into meta.drift values (?, ?, ?, ?, ?, ?, ?)",
            [self._run_id, self._source, stream, part, name, change, now],
        )

    def _set_cursor(self, stream: str, cursor: str) -> None:
        self._connection.execute(
            "delete from meta.source_cursor where source = ? and stream = ?",
            [self._source, stream],
        )
        self._connection.execute(
            "insert into meta.source_cursor values (?, ?, ?, ?)",
            [self._source, stream, cursor, self._clock.now()],
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("begin")
        try:
            yield
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")


def _envelopes(records: Sequence[Record]) -> pa.Table:
    payloads = [_payload(record.payload) for record in records]
    return pa.table(
        {
            "id": pa.array([record.id for record in records], pa.string()),
            # Straight to text, Arrow takes thirty times as long.
            "payload": pa.array(payloads, pa.binary()).cast(pa.string()),
            "cursor": pa.array([record.cursor for record in records], pa.string()),
            "is_deleted": pa.array([record.is_deleted for record in records], pa.bool_()),
            "content_hash": pa.array(
                [
                    _content_hash(payload, record.is_deleted)
                    for payload, record in zip(payloads, records, strict=True)
                ],
                pa.string(),
            ),
            "row_no": pa.arange(1, len(records) + 1),
        }
    )


def _json_type(kind: type) -> str:
    """What JSON calls values that are read as this type."""
    named = {bool: "boolean", int: "number", float: "number", str: "string", list: "array"}
    return named.get(kind, "object")


def _payload(payload: Mapping[str, object] | None) -> bytes | None:
    """JSON with its keys in order, so that the same content is the same text."""
    return None if payload is None else orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)


def _content_hash(payload: bytes | None, is_deleted: bool) -> str:
    return blake2b((payload or b"") + (b"-" if is_deleted else b"+"), digest_size=16).hexdigest()
