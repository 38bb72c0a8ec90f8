"""What a run has to do, decided from the warehouse's own state and nothing else.

A load stays pending until a build that contains it has been published, so a run that was killed
simply finds its loads pending again. No Dagster and no dbt here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from assets.files.discovery import Deliveries
from assets.files.loading import has_news
from pipelines.dbt import build_fingerprint
from pipelines.loads import Stream, landed_streams
from pipelines.settings import Settings

CANONICAL_SCHEMAS = ("staging", "quarantine", "canonical", "meta")
CORE_SCHEMAS = ("core",)
MART_SCHEMAS = ("marts", "restricted")
# They say nothing of how far the company's own data reach.
REFERENCE_SOURCES = ("ecb",)


class NothingDeliveredError(RuntimeError):
    """There is no data at all, neither new nor from earlier runs."""


@dataclass(frozen=True)
class Plan:
    """One run's work.

    `rebuild_canonical` and `rebuild_core` ask for full builds of these layers; without them only
    keys with new input are rebuilt. `delivered` are the streams with any load, `pending` those
    with loads that no published build contains.
    """

    run_id: str
    as_of: datetime
    previous_as_of: datetime | None
    fingerprint: str
    rebuild_canonical: bool
    rebuild_core: bool
    delivered: frozenset[Stream]
    pending: frozenset[Stream]
    reason: str

    @property
    def has_work(self) -> bool:
        return bool(self.reason)


@dataclass(frozen=True)
class _Run:
    status: str
    as_of: datetime
    fingerprint: str


def _last_run(connection: duckdb.DuckDBPyConnection, condition: str) -> _Run | None:
    row = connection.execute(
        "select status, as_of, build_fingerprint from meta.run "
        f"where {condition} order by started_at desc limit 1"
    ).fetchone()
    return _Run(*row) if row else None


def _released_entities(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "select distinct entity from meta.released_row where built_run_id is null order by entity"
    ).fetchall()
    return [entity for (entity,) in rows]


def _revised_lookups(connection: duckdb.DuckDBPyConnection) -> frozenset[Stream]:
    """Streams that brought new versions of what rows of earlier loads were read with."""
    return landed_streams(
        connection,
        "built_run_id is null and load_id in "
        "(select load_id from meta.envelope_load where revised_lookups_n > 0)",
    )


def _named(streams: Iterable[Stream]) -> str:
    return ", ".join(sorted(map(str, streams)))


def make_plan(
    connection: duckdb.DuckDBPyConnection, settings: Settings, run_id: str, is_published: bool
) -> Plan:
    """Compare what has landed with what the last published build contains.

    `is_published` says whether the published files are in place. Raises NothingDeliveredError.
    """
    delivered = landed_streams(connection)
    watermark = connection.execute(
        "select max(loaded_at) from meta.load where not list_contains(?, source)",
        [list(REFERENCE_SOURCES)],
    ).fetchone()
    if watermark is None or watermark[0] is None:
        raise NothingDeliveredError(
            f"no contract file has ever been loaded and {settings.inbox or 'no inbox'} holds none; "
            "put for example customers.csv and subscriptions.csv there, or name another folder "
            "with --inbox"
        )
    pending = landed_streams(connection, "built_run_id is null")
    # References are checked from the first row of a parent on; a header alone is no delivery yet.
    new_streams = landed_streams(
        connection, "built_run_id is null and rows_n + unparsed_n > 0"
    ) - landed_streams(connection, "built_run_id is not null and rows_n + unparsed_n > 0")
    published = _last_run(connection, "status = 'published'")
    latest = _last_run(connection, "true")
    as_of: datetime = settings.as_of or watermark[0]
    fingerprint = build_fingerprint(settings.parameters)

    reasons = []
    if published is None or not is_published:
        reasons.append("nothing is published yet")
    elif latest is not None and latest.status != "published":
        reasons.append("the previous run did not finish")
    if published and published.fingerprint != fingerprint:
        reasons.append("models or parameters changed")
    if new_streams:
        reasons.append(f"first delivery of {_named(new_streams)}")
    if revised := _revised_lookups(connection):
        reasons.append(f"changed {_named(revised)}")
    if released := _released_entities(connection):
        reasons.append(f"rows of {', '.join(released)} were released from quarantine")
    rebuild_canonical = bool(reasons)
    if published and published.as_of != as_of and (settings.as_of or as_of < published.as_of):
        reasons.append(f"as of {as_of:%Y-%m-%d %H:%M} UTC")
    rebuild_core = bool(reasons)
    if pending and not reasons:
        reasons.append(f"new rows of {_named(pending)}")
    return Plan(
        run_id=run_id,
        as_of=as_of,
        previous_as_of=published.as_of if published else None,
        fingerprint=fingerprint,
        rebuild_canonical=rebuild_canonical,
        rebuild_core=rebuild_core,
        delivered=delivered,
        pending=pending,
        reason="; ".join(reasons),
    )


def expected_streams(
    connection: duckdb.DuckDBPyConnection, deliveries: Deliveries
) -> frozenset[Stream]:
    """What has landed before, and the files that will land now."""
    arriving = {Stream("files", delivery.entity) for delivery in deliveries.files}
    return landed_streams(connection) | arriving


def is_idle(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    deliveries: Deliveries,
    is_published: bool,
) -> bool:
    """Whether a run would find nothing to do; False where only a source's answer tells."""
    if settings.fx_address is not None or settings.vendors or has_news(connection, deliveries):
        return False
    try:
        return not make_plan(connection, settings, "", is_published).has_work
    except NothingDeliveredError:
        return False


def begin_run(connection: duckdb.DuckDBPyConnection, plan: Plan, started_at: datetime) -> None:
    """Write the run and its context where the models read it."""
    connection.execute("begin")
    connection.execute("delete from meta.run where run_id = ?", [plan.run_id])
    connection.execute(
        "insert into meta.run (run_id, status, started_at, as_of, build_fingerprint, "
        "is_full_canonical, is_full_build, reason) values (?, 'running', ?, ?, ?, ?, ?, ?)",
        [
            plan.run_id,
            started_at,
            plan.as_of,
            plan.fingerprint,
            plan.rebuild_canonical,
            plan.rebuild_core,
            plan.reason,
        ],
    )
    connection.execute("delete from meta.run_context")
    connection.execute(
        "insert into meta.run_context values (?, ?, ?, ?)",
        [plan.run_id, plan.as_of, plan.previous_as_of, plan.rebuild_core],
    )
    connection.execute("commit")


def ensure_run(
    connection: duckdb.DuckDBPyConnection, settings: Settings, run_id: str, is_published: bool
) -> Plan:
    """This run's plan: the one it began with, else a new one.

    A run of a few assets from the UI begins wherever it starts. Raises NothingDeliveredError.
    """
    row = connection.execute(
        "select run.as_of, run_context.previous_as_of, run.build_fingerprint, "
        "run.is_full_canonical, run.is_full_build, run.reason "
        "from meta.run inner join meta.run_context on run.run_id = run_context.run_id "
        "where run.run_id = ?",
        [run_id],
    ).fetchone()
    if row:
        as_of, previous_as_of, fingerprint, rebuild_canonical, rebuild_core, reason = row
        return Plan(
            run_id=run_id,
            as_of=as_of,
            previous_as_of=previous_as_of,
            fingerprint=fingerprint,
            rebuild_canonical=rebuild_canonical,
            rebuild_core=rebuild_core,
            delivered=landed_streams(connection),
            pending=landed_streams(connection, "built_run_id is null"),
            reason=reason,
        )
    plan = make_plan(connection, settings, run_id, is_published)
    begin_run(connection, plan, datetime.now(UTC))
    return plan


def finish_run(
    connection: duckdb.DuckDBPyConnection, run_id: str, status: str, finished_at: datetime
) -> None:
    """Close the run's row; `status` is published, blocked or failed."""
    connection.execute(
        "update meta.run set status = ?, finished_at = ? where run_id = ?",
        [status, finished_at, run_id],
    )


def nodes_to_build(
    manifest: Mapping[str, Any], plan: Plan, schemas: tuple[str, ...]
) -> dict[str, str]:
    """unique_id → name of the models and seeds of these schemas that this run has to build.

    Canonical nodes: staging of what a source has delivered, and quarantine and canonical of the
    entities that come of it; in an increment only the ones downstream of new rows. Core and marts:
    all of them, as their as_of moves with every run.
    """
    candidates = {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "seed") and node["schema"] in schemas
    }
    if schemas != CANONICAL_SCHEMAS:
        return {unique_id: node["name"] for unique_id, node in candidates.items()}

    possible = canonical_models(manifest, plan.delivered)
    chosen = {
        unique_id: node
        for unique_id, node in candidates.items()
        if node["resource_type"] == "seed" or unique_id in possible
    }
    if not plan.rebuild_canonical:
        changed = _below(manifest, plan.pending, without=_identity_models(manifest) - possible)
        chosen = {u: n for u, n in chosen.items() if u in changed}
    return {unique_id: node["name"] for unique_id, node in chosen.items()}


def canonical_models(manifest: Mapping[str, Any], streams: Collection[Stream]) -> set[str]:
    """The models that hold rows of these streams: their staging, and what it makes rows of.

    Staging of a stream that has brought nothing yet is among them where another one's reads it.
    """
    identity = _identity_models(manifest)
    models = {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
        and node["schema"] in CANONICAL_SCHEMAS
        and unique_id not in identity
    }
    below = _below(manifest, streams, without=identity)
    staged = {u for u, node in models.items() if node["schema"] == "staging" and u in below}
    for unique_id in list(staged):
        read = reachable(manifest["parent_map"], unique_id, identity)
        staged |= {u for u in read if u in models and models[u]["schema"] == "staging"}
    entities = {entity_of(models[unique_id]) for unique_id in staged}
    sources_of_customers = [
        models[unique_id]["name"]
        for unique_id in staged
        if models[unique_id]["name"].startswith("stg_")
        and entity_of(models[unique_id]) == "customers"
    ]
    if len(sources_of_customers) > 1:
        staged |= identity
    return staged | {
        unique_id
        for unique_id, node in models.items()
        if node["schema"] != "staging" and entity_of(node) in entities
    }


def _identity_models(manifest: Mapping[str, Any]) -> set[str]:
    """Who is one customer: asked only where several sources know customers."""
    return {
        unique_id
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node.get("fqn", ())[1:3] == ["staging", "identity"]
    }


def _below(
    manifest: Mapping[str, Any], streams: Collection[Stream], without: Collection[str] = ()
) -> set[str]:
    """Everything that is made from these streams, but for what only models left out lead to."""
    tables = {stream.table for stream in streams}
    found: set[str] = set()
    for unique_id, raw in manifest["sources"].items():
        if f"{raw['schema']}.{raw['name']}" in tables:
            found |= reachable(manifest["child_map"], unique_id, without)
    return found


def entity_of(node: Mapping[str, Any]) -> str:
    """stg_files__tickets, quarantine_tickets and tickets all belong to tickets."""
    name: str = node["name"]
    name = name.split("__", 1)[1] if node["schema"] == "staging" and "__" in name else name
    return name.removeprefix("quarantine_").removesuffix("_version")


def reachable(
    edges: Mapping[str, list[str]], start: str, without: Collection[str] = ()
) -> set[str]:
    """Everything that one step or more along the manifest's parent_map or child_map leads to."""
    reached: set[str] = set()
    waiting = list(edges.get(start, []))
    while waiting:
        node = waiting.pop()
        if node not in reached and node not in without:
            reached.add(node)
            waiting.extend(edges.get(node, []))
    return reached
