{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
    )
}}

with

spans as (
    select * from {{ ref('subscription_span') }}
),

base as (
    select
        base_state.subscription_id,
        base_state.state,
        base_state.valid_from,
        coalesce(base_state.valid_to, {{ end_of_time() }}) as valid_to,
    from {{ ref('subscription_base_state') }} as base_state
),

overlays as (
    select
        overlay.subscription_id,
        overlay.state,
        overlay.precedence,
        overlay.valid_from,
        coalesce(overlay.valid_to, {{ end_of_time() }}) as valid_to,
    from {{ ref('subscription_overlay') }} as overlay
),

plain as (
    select * from base
    where base.subscription_id not in (select overlays.subscription_id from overlays)
),

crossed as (
    select * from base
    where base.subscription_id in (select overlays.subscription_id from overlays)
),

edges as (
    select crossed.subscription_id, crossed.valid_from as edge_at from crossed
    union
    select crossed.subscription_id, crossed.valid_to from crossed
    union
    select overlays.subscription_id, overlays.valid_from from overlays
    union
    select overlays.subscription_id, overlays.valid_to from overlays
),

pieces as (
    select
        edges.subscription_id,
        edges.edge_at as valid_from,
        lead(edges.edge_at) over (
            partition by edges.subscription_id order by edges.edge_at nulls last
        ) as valid_to,
    from edges
),

overlaid as (
    select
        pieces.subscription_id,
        coalesce(min_by(overlays.state, overlays.precedence), min(crossed.state)) as state,
        pieces.valid_from,
        pieces.valid_to,
    from pieces
    inner join crossed
        on
            pieces.subscription_id = crossed.subscription_id
            and pieces.valid_from >= crossed.valid_from
            and pieces.valid_from < crossed.valid_to
    left join overlays
        on
            pieces.subscription_id = overlays.subscription_id
            and pieces.valid_from >= overlays.valid_from
            and pieces.valid_from < overlays.valid_to
    group by pieces.subscription_id, pieces.valid_from, pieces.valid_to
),

united as (
    select * from plain
    union all
    select * from overlaid
),

final as (
    select
        united.subscription_id,
        spans.customer_id,
        united.state,
        united.state in ('active', 'past_due') as is_paid,
        united.valid_from,
        case when united.valid_to < {{ end_of_time() }} then united.valid_to end as valid_to,
        spans.load_id,
    from united
    inner join spans on united.subscription_id = spans.subscription_id
)

select * from final
