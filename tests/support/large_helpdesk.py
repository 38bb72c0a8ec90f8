"""A helpdesk of any size, made by DuckDB in columns: for measuring, not for checking figures.

A thousand days of tickets with about five events and two to three messages each, and the day after
them as a second delivery, which also brings one event in two thousand of the old ones, late: either
of any age, or as many of the last thirty days. A
third of the tickets pause, some are routed on or reopened, two per cent are never solved. Every
number hashes to the same ticket each time; rows go straight to canonical, or into files, in the
order in which they happened, as sources deliver them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from pipelines.contract import contract

START = datetime(2023, 1, 1, tzinfo=UTC)
DAYS = 1000
FIRST_AS_OF = START + timedelta(days=DAYS)
SECOND_AS_OF = FIRST_AS_OF + timedelta(days=1)


@dataclass(frozen=True)
class Lateness:
    """Of the events of the last so many days one in so many comes late."""

    days: int
    one_in: int

    def of_events(self) -> str:
        since = FIRST_AS_OF - timedelta(days=self.days)
        is_chosen = f"hash(number * 64 + 32 + step) % {self.one_in} = 0"
        return f"{is_chosen} and occurred_at > timestamptz '{since}'"


ANYWHERE = Lateness(DAYS + 1, 2000)
RECENT = Lateness(30, 60)


@dataclass(frozen=True)
class _Load:
    """What one delivery brings: what happened in (after, until], and whether the late events."""

    load_id: int
    after: datetime
    until: datetime
    has_late: bool

    def brings(self, happened_at: str, is_late: str = "false") -> str:
        new = f"{happened_at} > timestamptz '{self.after}' and not ({is_late})"
        late = f"or {happened_at} <= timestamptz '{FIRST_AS_OF}' and {is_late}"
        until = f"{happened_at} <= timestamptz '{self.until}'"
        return f"(({new} {late if self.has_late else ''}) and {until})"

    @property
    def lineage(self) -> str:
        return (
            f"'files' as source, {self.load_id} as load_id, {self.load_id} as changed_load_id, "
            "number as row_no"
        )


_FIRST = _Load(1, START - timedelta(days=1), FIRST_AS_OF, has_late=False)
_SECOND = _Load(2, FIRST_AS_OF, SECOND_AS_OF, has_late=True)

_MADE = """
    create or replace temp table made as
    select
        number,
        't' || number as ticket_id,
        timestamptz '{start}'
            + to_seconds(cast(hash(number * 64 + 1) % (({days} + 1) * 86400) as bigint))
            as created_at,
        created_at + to_seconds(cast(60 + hash(number * 64 + 2) % 20000 as bigint)) as replied_at,
        replied_at + to_seconds(cast(600 + hash(number * 64 + 3) % 300000 as bigint)) as solved_at,
        created_at + (replied_at - created_at) / 2 as assigned_at,
        replied_at + (solved_at - replied_at) / 2 as resumed_at,
        hash(number * 64 + 4) % 100 as luck,
        'c' || hash(number * 64 + 7) % ({tickets_n} // 10 + 1) as customer_id,
        'topic' || (hash(number * 64 + 6) % 20 + hash(number * 64 + 9) % 3 * 5) % 12 as topic,
        'a' || hash(number * 64 + 5) % 200 as agent_id,
        'a' || (hash(number * 64 + 5) % 200 + 1) % 200 as other_agent_id,
        'team' || hash(number * 64 + 6) % 20 as team
    from range({tickets_n}) as numbers (number)
"""

_TICKETS = """
    insert into canonical.tickets by name
    select
        ticket_id, customer_id, topic, team, agent_id, created_at, 'customer' as created_by,
        ['email', 'web', 'chat', 'social'][cast(1 + hash(number * 64 + 8) % 4 as bigint)]
            as channel,
        ['low', 'normal', 'high'][cast(1 + hash(number * 64 + 10) % 3 as bigint)] as priority,
        case when is_solved then solved_at end as solved_at,
        case when is_solved then 'solved' else 'open' end as status,
        {lineage}
    from (select *, luck < 98 and solved_at <= timestamptz '{until}' as is_solved from made)
    where {created} or (is_solved and {solved})
    order by created_at
"""

_EVENTS = """
    insert into canonical.ticket_events by name
    with steps as (
        select number, ticket_id, 1 as step, 'agent_id' as field, null as from_value,
            agent_id as to_value, assigned_at as occurred_at
        from made
        union all
        select number, ticket_id, 2, 'status', 'new', 'open', assigned_at from made
        union all
        select number, ticket_id, 3, 'status', 'open', 'pending', replied_at + interval 1 second
        from made where luck < 33
        union all
        select number, ticket_id, 4, 'status', 'pending', 'open', resumed_at
        from made where luck < 33
        union all
        select number, ticket_id, 5, 'status', 'open', 'solved', solved_at
        from made where luck < 98
        union all
        select number, ticket_id, 6, 'status', 'solved', 'open', solved_at + interval 1 day
        from made where luck < 5
        union all
        select number, ticket_id, 7, 'status', 'open', 'solved', solved_at + interval 28 hour
        from made where luck < 5
        union all
        select number, ticket_id, 8, 'status', 'solved', 'closed', solved_at + interval 4 day
        from made where luck between 5 and 97
        union all
        select number, ticket_id, 9, 'priority', 'low', 'normal', replied_at
        from made where luck >= 50
        union all
        select number, ticket_id, 10, 'agent_id', agent_id, other_agent_id, resumed_at
        from made where luck between 28 and 37
    )
    select
        'e' || number || '_' || step as event_id, ticket_id, occurred_at, field, from_value,
        to_value, {lineage}
    from steps
    where {delivered}
    order by occurred_at
"""

_MESSAGES = """
    insert into canonical.messages by name
    with said as (
        select number, ticket_id, 1 as turn, 'customer' as author_type, null as author_id,
            created_at as sent_at
        from made
        union all
        select number, ticket_id, 2, 'agent', agent_id, replied_at from made where luck < 99
        union all
        select number, ticket_id, 3, 'customer', null, resumed_at from made where luck < 33
        union all
        select number, ticket_id, 4, 'agent',
            case when luck between 28 and 37 then other_agent_id else agent_id end,
            resumed_at + interval 50 minute
        from made where luck < 33
    )
    select
        'm' || number || '_' || turn as message_id, ticket_id, author_type, author_id,
        true as is_public, false as is_automated, sent_at, {lineage}
    from said
    where {delivered}
    order by sent_at
"""

_CONTACTS = """
    insert into canonical.contacts by name
    select
        'k' || number as contact_id,
        case when luck < 50 then ticket_id end as ticket_id,
        'phone' as channel, 'inbound' as direction, topic, team, agent_id,
        created_at as started_at,
        ['answered', 'answered', 'answered', 'abandoned', 'blocked']
            [cast(1 + hash(number * 64 + 11) % 5 as bigint)] as outcome,
        hash(number * 64 + 12) % 120 as queue_seconds,
        hash(number * 64 + 13) % 900 as talk_seconds,
        hash(number * 64 + 14) % 60 as after_call_seconds,
        {lineage}
    from made
    where number % 10 = 0 and {delivered}
    order by started_at
"""

_REGISTERS = ("customers", "agents", "teams", "sla_policies")
_TEAMS_AND_PROMISES = (
    """
    insert into canonical.teams by name
    select
        'team' || number as team,
        [null, 'mon-fri 07:00-12:00, mon-fri 13:00-18:00', 'mon-sun 00:00-24:00'][1 + number % 3]
            as schedule,
        {lineage}
    from range(20) as numbers (number)
    """,
    """
    insert into canonical.agents_version by name
    select 'a' || number as agent_id, 'team' || number % 20 as team, 'agent' as role, {lineage}
    from range(200) as numbers (number)
    """,
    """
    insert into canonical.sla_policies by name
    select
        metric, channel, target_seconds, clock, 'pending;hold' as pausing_statuses,
        {lineage}
    from (
        values
        ('first_reply', null, 14400, 'business', 1), ('next_reply', null, 14400, 'business', 2),
        ('resolution', null, 86400, 'business', 3), ('first_reply', 'chat', 3600, 'calendar', 4)
    ) as policies (metric, channel, target_seconds, clock, number)
    """,
)


def make_large_helpdesk(
    connection: duckdb.DuckDBPyConnection, tickets_n: int, late: Lateness = ANYWHERE
) -> None:
    """The first thousand days, into the empty canonical tables of a warehouse."""
    for statement in _TEAMS_AND_PROMISES:
        connection.execute(statement.format(lineage=_FIRST.lineage))
    _deliver(connection, tickets_n, _FIRST, late)


def deliver_a_day(
    connection: duckdb.DuckDBPyConnection, tickets_n: int, late: Lateness = ANYWHERE
) -> None:
    """The day after, and the late events of the days before; `tickets_n` as the first time."""
    connection.execute("update meta.load set built_run_id = run_id")
    _deliver(connection, tickets_n, _SECOND, late)


def write_large_helpdesk(
    connection: duckdb.DuckDBPyConnection, tickets_n: int, inbox: Path
) -> None:
    """The first thousand days as a vendor's export, by way of the empty canonical tables."""
    make_large_helpdesk(connection, tickets_n)
    connection.execute(
        "insert into canonical.customers by name "
        f"select 'c' || number as customer_id from range({tickets_n} // 10 + 1) as n (number)"
    )
    inbox.mkdir(parents=True)
    for name in ("tickets", "ticket_events", "messages", "contacts", *_REGISTERS):
        entity = contract()[name]
        made = f"canonical.{name}_version" if name == "agents" else f"canonical.{name}"
        columns = ", ".join(
            f'"{column.canonical_name}" as "{column.name}"'
            for column in entity.columns
            if column.reaches_canonical
        )
        connection.execute(
            f"copy (select {columns} from {made}) to '{inbox}/{name}.parquet' (format parquet)"
        )


def _deliver(
    connection: duckdb.DuckDBPyConnection, tickets_n: int, load: _Load, late: Lateness
) -> None:
    connection.execute(_MADE.format(start=START, days=DAYS, tickets_n=tickets_n))
    created, solved = load.brings("created_at"), load.brings("solved_at")
    if load is _SECOND:
        connection.execute(
            "delete from canonical.tickets where ticket_id in "
            f"(select ticket_id from made where luck < 98 and {solved})"
        )
    shared = {"lineage": load.lineage, "until": load.until}
    connection.execute(_TICKETS.format(created=created, solved=solved, **shared))
    events = load.brings("occurred_at", late.of_events())
    connection.execute(_EVENTS.format(delivered=events, **shared))
    connection.execute(_MESSAGES.format(delivered=load.brings("sent_at"), **shared))
    connection.execute(_CONTACTS.format(delivered=created, **shared))
    connection.execute("drop table made")
    connection.execute(
        "insert into meta.load values "
        f"({load.load_id}, 'run', 'files', 'tickets', 'file', 'x', 1, 0, now(), null)"
    )
