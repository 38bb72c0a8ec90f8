"""How a run reads a source: step by step, in chunks, and what a full listing proves.

What belongs here: what any vendor's streams need once their pages are known. What does not: how a
page is asked for, and which streams are due (the vendors' reading.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from assets.api.client import Api, ApiError, CredentialsError
from assets.api.landing import Chunk, Landing, Reading
from assets.api.paging import Page, PageError, Record
from assets.api.source import SourceError

RECORDS_PER_CHUNK = 10_000
# A listing that misses more than this has seen another account, not deletions.
_DELETED_SHARE_MAX, _DELETED_N_MAX = 0.5, 20

Step = tuple[Reading, Callable[[Reading], None]]


class Intake:
    """What one run takes in from one source."""

    def __init__(
        self, api: Api, landing: Landing, records_per_chunk: int = RECORDS_PER_CHUNK
    ) -> None:
        self.api = api
        self.landing = landing
        self._records_per_chunk = records_per_chunk

    def recall(self, seconds: float, buckets_of: Callable[[str], Iterable[str]]) -> None:
        """Count what the runs before asked a moment ago: a limit is the account's, not a run's."""
        for path, age_s in self.landing.recent_requests(seconds):
            for bucket in buckets_of(path):
                self.api.remember(bucket, age_s)

    def take(self, steps: Iterable[Step], explain: Callable[[str, ApiError], str]) -> list[Reading]:
        """Take the steps in turn; `explain` says what a stream's error means and what to do.

        Raises SourceError after all were tried; credentials that nobody knows are tried once.
        """
        readings, problems = [], []
        try:
            for reading, read in steps:
                try:
                    read(reading)
                except ApiError as error:
                    problems.append(explain(reading.stream, error))
                    self.landing.note(reading, problems[-1])
                    if isinstance(error, CredentialsError):
                        break
                    continue
                self.landing.note(reading, "complete")
                readings.append(reading)
        finally:
            self.landing.log(self.api.drain_log())
        if problems:
            raise SourceError(problems)
        return readings

    def land(self, reading: Reading, pages: Iterable[Page], *, is_listing: bool = False) -> None:
        """Commit the pages in chunks, each with the cursor after it.

        What was read before an error stays: the next run goes on there.
        """
        stream, chunk = reading.stream, Chunk()
        try:
            for page in pages:
                reading.pages_n += 1
                reading.records_n += len(page.records)
                chunk.add(stream, page.records)
                if page.next_cursor:
                    chunk.cursors[stream] = page.next_cursor
                    if chunk.size >= self._records_per_chunk:
                        self._commit(reading, chunk, is_listing)
                        chunk = Chunk()
        except ApiError:
            self._commit(reading, chunk, is_listing)
            raise
        self._commit(reading, chunk, is_listing)

    def _commit(self, reading: Reading, chunk: Chunk, is_listing: bool) -> None:
        listing = reading.stream if is_listing else None
        reading.landed_n += self.landing.land(chunk, listing)
        self.landing.log(self.api.drain_log())

    def end_listing(self, reading: Reading, fetch: Callable[[str], Record], cursor: str) -> None:
        """Close a full listing that has landed; the stream's cursor is then the one given.

        What is here and was not listed is fetched by its id before it counts as deleted. Raises
        PageError where source and warehouse do not hold the same number of records after it.
        """
        stream = reading.stream
        listed_n, live_n = self.landing.listed_n(stream), self.landing.live_n(stream)
        missing = self.landing.unlisted(stream)
        if len(missing) > max(_DELETED_N_MAX, _DELETED_SHARE_MAX * live_n):
            raise PageError(
                f"lists {listed_n:,} and leaves out {len(missing):,} of the {live_n:,} that are "
                "here; are these credentials of the same account? Nothing was marked as deleted"
            )
        found = [fetch(id_) for id_ in missing]
        reading.deleted_n = sum(record.is_deleted for record in found)
        end = Chunk({stream: found}, {stream: cursor})
        reading.landed_n += self.landing.end_listing(stream, end)
        reading.source_n = listed_n + len(found) - reading.deleted_n
        reading.here_n = self.landing.live_n(stream)
        if reading.source_n != reading.here_n:
            raise PageError(f"the source has {reading.source_n:,}, here are {reading.here_n:,}")
