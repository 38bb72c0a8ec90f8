"""A helpdesk of any size, made by DuckDB in columns: for measuring, not for checking figures.

Every ticket has about five events and two or three messages; a third of them pause, a few are
reopened, and two per cent are never solved. Rows go straight to canonical.
"""

from __future__ import annotations

import duckdb

_HELPDESK = """
    create or replace temp table made as
    select
        number,
        't' || number as ticket_id,
        timestamptz '2023-01-01 00:00:00+00'
            + to_seconds(cast(hash(number, 1) % (1000 * 86400) as bigint)) as created_at,
        cast(60 + hash(number, 2) % 20000 as bigint) as reply_s,
        cast(600 + hash(number, 3) % 300000 as bigint) as solve_s,
        hash(number, 4) % 100 as luck,
        'a' || hash(number, 5) % 200 as agent_id,
        'team' || hash(number, 6) % 20 as team
    from range({tickets_n}) as numbers (number);

    insert into canonical.tickets by name
    select
        ticket_id,
        'c' || hash(number, 7) % ({tickets_n} // 10 + 1) as customer_id,
        ['email', 'web', 'chat', 'social'][cast(1 + hash(number, 8) % 4 as bigint)] as channel,
        'topic' || hash(number, 9) % 12 as topic,
        ['low', 'normal', 'high'][cast(1 + hash(number, 10) % 3 as bigint)] as priority,
        team, agent_id, created_at, 'customer' as created_by,
        case when luck < 98 then created_at + to_seconds(reply_s + solve_s) end as solved_at,
        case when luck < 98 then 'closed' else 'open' end as status,
        'files' as source, 1 as load_id, 1 as changed_load_id, number as row_no
    from made;

    insert into canonical.ticket_events by name
    with steps as (
        select number, ticket_id, 1 as step, 'agent_id' as field, null as from_value,
            agent_id as to_value, created_at + to_seconds(reply_s // 2) as occurred_at
        from made
        union all
        select number, ticket_id, 2, 'status', 'new', 'open', created_at + to_seconds(reply_s // 2)
        from made
        union all
        select number, ticket_id, 3, 'status', 'open', 'pending',
            created_at + to_seconds(reply_s + 1)
        from made where luck < 33
        union all
        select number, ticket_id, 4, 'status', 'pending', 'open',
            created_at + to_seconds(reply_s + solve_s // 2)
        from made where luck < 33
        union all
        select number, ticket_id, 5, 'status', 'open', 'solved',
            created_at + to_seconds(reply_s + solve_s)
        from made where luck < 98
        union all
        select number, ticket_id, 6, 'status', 'solved', 'open',
            created_at + to_seconds(reply_s + solve_s + 86400)
        from made where luck < 5
        union all
        select number, ticket_id, 7, 'status', 'open', 'solved',
            created_at + to_seconds(reply_s + solve_s + 100000)
        from made where luck < 5
        union all
        select number, ticket_id, 8, 'status', 'solved', 'closed',
            created_at + to_seconds(reply_s + solve_s + 400000)
        from made where luck between 5 and 97
        union all
        select number, ticket_id, 9, 'priority', 'low', 'normal',
            created_at + to_seconds(reply_s)
        from made where luck >= 40
    )
    select
        'e' || number || '_' || step as event_id, ticket_id, occurred_at, field, from_value,
        to_value, 'files' as source, 1 as load_id, 1 as changed_load_id, number as row_no
    from steps;

    insert into canonical.messages by name
    with said as (
        select number, ticket_id, 1 as turn, 'customer' as author_type, null as author_id,
            created_at as sent_at
        from made
        union all
        select number, ticket_id, 2, 'agent', agent_id, created_at + to_seconds(reply_s)
        from made where luck < 99
        union all
        select number, ticket_id, 3, 'customer', null,
            created_at + to_seconds(reply_s + solve_s // 2)
        from made where luck < 33
        union all
        select number, ticket_id, 4, 'agent', agent_id,
            created_at + to_seconds(reply_s + solve_s // 2 + 3000)
        from made where luck < 33
    )
    select
        'm' || number || '_' || turn as message_id, ticket_id, author_type, author_id,
        true as is_public, false as is_automated, sent_at,
        'files' as source, 1 as load_id, 1 as changed_load_id, number as row_no
    from said;

    insert into canonical.contacts by name
    select
        'k' || number as contact_id,
        case when luck < 50 then ticket_id end as ticket_id,
        'phone' as channel, 'inbound' as direction,
        'topic' || hash(number, 9) % 12 as topic, team, agent_id,
        created_at as started_at,
        case hash(number, 11) % 5 when 0 then 'abandoned' when 1 then 'blocked' else 'answered' end
            as outcome,
        hash(number, 12) % 120 as queue_seconds,
        hash(number, 13) % 900 as talk_seconds,
        hash(number, 14) % 60 as after_call_seconds,
        'files' as source, 1 as load_id, 1 as changed_load_id, number as row_no
    from made where number % 10 = 0;

    insert into canonical.teams by name
    select
        'team' || number as team,
        case when number % 3 = 0 then 'mon-fri 07:00-12:00, mon-fri 13:00-18:00' end as schedule,
        'files' as source, 1 as load_id, 1 as changed_load_id, number as row_no
    from range(20) as numbers (number);

    insert into canonical.agents_version by name
    select
        'a' || number as agent_id, 'team' || number % 20 as team, 'agent' as role,
        'files' as source, 1 as load_id, 1 as changed_load_id, number as row_no
    from range(200) as numbers (number);

    insert into canonical.sla_policies by name
    select
        metric, target_seconds, 'business' as clock, 'pending;hold' as pausing_statuses,
        'files' as source, 1 as load_id, 1 as changed_load_id, 1 as row_no
    from (
        values ('first_reply', 14400), ('next_reply', 14400), ('resolution', 86400)
    ) as policies (metric, target_seconds);

    drop table made;
"""


def make_large_helpdesk(connection: duckdb.DuckDBPyConnection, tickets_n: int) -> None:
    """Fill the empty canonical tables of a warehouse."""
    for statement in _HELPDESK.format(tickets_n=tickets_n).split(";\n"):
        if statement.strip():
            connection.execute(statement)
