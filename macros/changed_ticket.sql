{#- The ticket facts are made in several steps. The steps before core.fct_ticket are working tables
    that hold the rows of this run's changed tickets only; the first build, and a full one, takes
    every ticket without looking the keys up. -#}

{% macro previous_state(table) -%}
    {{ return(
        load_cached_relation(
            api.Relation.create(
                database=this.database, schema=this.schema, identifier=table, type='table'
            )
        )
    ) }}
{%- endmacro %}

{#- At parse time an increment, whose branch names every dependency. -#}
{% macro is_full_build() -%}
    {{ return(execute and (flags.FULL_REFRESH or previous_state('fct_ticket') is none)) }}
{%- endmacro %}

{% macro among_changed(key, changed) -%}
    {%- if is_full_build() -%}
        true
    {%- else -%}
        {{ key }} in (select changed.{{ key.split('.')[-1] }} from {{ changed }} as changed)
    {%- endif -%}
{%- endmacro %}

{#- For what is looked up once, for all the models of an increment that read it: a full build reads the
    large table itself, and this is empty. -#}
{% macro is_looked_up(key) -%}
    {%- if is_full_build() -%}
        false
    {%- else -%}
        {{ among_changed(key, ref('changed_ticket')) }}
    {%- endif -%}
{%- endmacro %}

{#- The facts of this run's tickets. -#}
{% macro rebuilt_tickets() -%}
    {%- set every, changed = ref('fct_ticket'), ref('changed_ticket_fact') -%}
    {{ return(every if is_full_build() else changed) }}
{%- endmacro %}

{% macro previous_as_of() -%}
    (select run_context.previous_as_of from {{ source('meta', 'run_context') }} as run_context)
{%- endmacro %}

{#- Tickets of the rows that became readable since the previous build. Each question by itself: what
    is asked of one column only is answered without a look at what lies before it in time. -#}
{% macro tickets_of_new_rows(entity, instants) -%}
    select ticket_id
    from {{ entity }}
    where {{ is_new_input('changed_load_id') }}
    {%- for instant in instants %}
    union all
    select ticket_id
    from {{ entity }}
    where {{ instant }} > {{ previous_as_of() }}
    {%- endfor %}
{%- endmacro %}

{#- Tickets that earlier versions of changed rows belonged to: a corrected message may have moved.
    Canonical holds current rows only, so the earlier ones are read where they were delivered. -#}
{% macro former_tickets(current, staged, key) -%}
    {%- set delivered = delivered_relations(staged) if execute else staged -%}
    {%- for relation in delivered %}
    select staged.ticket_id
    from {{ relation }} as staged
    where
        staged.ticket_id is not null
        and staged.{{ key }} in (
            select current_rows.{{ key }}
            from {{ current }} as current_rows
            where
                current_rows.versions_n > 1
                and {{ is_new_input('current_rows.changed_load_id') }}
        )
    {{ 'union all' if not loop.last }}
    {%- else %}
    select cast(null as varchar) as ticket_id
    where false
    {%- endfor %}
{%- endmacro %}

{#- The months in which something happened that service counts, of this run's tickets and contacts as
    they stand in these relations: either the facts themselves or what the previous run left of them.
    With `has_come` also those in which nothing happened but time: what the previous run left has come
    due, or late. -#}
{% macro months_of_service(tickets, turns, contacts, obligations, has_come=false) -%}
    with

    tickets as (
        select
            created_at,
            first_assigned_at,
            first_reply_month_no,
            first_solved_month_no,
            last_solved_month_no
        from {{ tickets }}
        where ticket_id in (select ticket_id from {{ ref('changed_ticket') }})
    ),

    kinds as (
        select kinds.kind_no
        from (values (1), (2), (3), (4), (5)) as kinds (kind_no)
    ),

    counted as (
        -- One look for all five.
        select
            case kinds.kind_no
                when 1 then {{ month_index_of('tickets.created_at') }}
                when 2 then {{ month_index_of('tickets.first_assigned_at') }}
                when 3 then tickets.first_reply_month_no
                when 4 then tickets.first_solved_month_no
                else tickets.last_solved_month_no
            end as month_no
        from tickets
        cross join kinds
        where
            case kinds.kind_no
                when 1 then tickets.created_at is not null
                when 2 then tickets.first_assigned_at is not null
                when 3 then tickets.first_reply_month_no is not null
                when 4 then tickets.first_solved_month_no is not null
                else tickets.last_solved_month_no is not null
            end
        union all
        select {{ month_index_of('replied_at') }} as month_no
        from {{ turns }}
        where
            replied_at is not null
            and ticket_id in (select ticket_id from {{ ref('changed_ticket') }})
        union all
        select {{ month_index_of('started_at') }} as month_no
        from {{ contacts }}
        where contact_id in (select contact_id from {{ ref('changed_contact') }})
        union all
        select {{ month_index_of('deadline_at') }} as month_no
        from {{ obligations }}
        where
            deadline_at is not null
            and ticket_id in (select ticket_id from {{ ref('changed_ticket') }})
        {%- if has_come %}
        union all
        select {{ month_index_of('deadline_at') }} as month_no
        from {{ obligations }}
        where
            deadline_at is not null
            and coalesce(greatest(deadline_at, late_after) >= {{ previous_as_of() }}, false)
        {%- endif %}
    )

    -- Asked of the month, whether it is NULL would be asked first, and the month made of every row.
    select distinct month_no
    from counted
{%- endmacro %}

{#- Whether a model that is kept by months makes this one again. -#}
{% macro in_changed_month(month_no) -%}
    {%- if is_incremental() -%}
        {{ month_no }} in (select changed.month_no from {{ ref('changed_service_month') }} as changed)
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
