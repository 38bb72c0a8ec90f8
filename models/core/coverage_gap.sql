{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
    )
}}

with

lines as (
    select * from {{ ref('fct_billed_line') }}
),

subscriptions as (
    select
        subscriptions.subscription_id,
        subscriptions.customer_id,
    from {{ ref('subscriptions') }} as subscriptions
    where {{ is_changed('subscriptions.customer_id', ref('changed_customer')) }}
),

services as (
    select
        lines.subscription_id,
        lines.service_from,
        lines.service_to,
    from lines
    where
        lines.is_recurring
        and lines.service_to > lines.service_from
        and lines.subscription_id in (select subscriptions.subscription_id from subscriptions)
),

-- An end at which no other service begins. Nearly every subscription has one, its last, and only
-- the others are worth a look in order of time: every gap begins with such an end.
loose_ends as (
    select
        services.subscription_id,
        services.service_to,
    from services
    left join services as next_services
        on
            services.subscription_id = next_services.subscription_id
            and services.service_to = next_services.service_from
    where next_services.subscription_id is null
),

counted_ends as (
    select
        loose_ends.subscription_id,
        min(loose_ends.service_to) as first_service_to,
        max(loose_ends.service_to) as last_service_to,
    from loose_ends
    group by loose_ends.subscription_id
),

ordered as (
    select
        services.subscription_id,
        max(services.service_to) over (
            partition by services.subscription_id
            order by services.service_from nulls last
            rows between unbounded preceding and current row
        ) as covered_until,
        lead(services.service_from) over (
            partition by services.subscription_id order by services.service_from nulls last
        ) as next_service_from,
    from services
    where
        services.subscription_id in (
            select counted_ends.subscription_id from counted_ends
            where counted_ends.first_service_to < counted_ends.last_service_to
        )
),

gaps as (
    select
        counted_ends.subscription_id,
        counted_ends.last_service_to as gap_from,
        cast(null as timestamptz) as gap_to,
    from counted_ends
    where counted_ends.first_service_to = counted_ends.last_service_to
    union all
    select
        ordered.subscription_id,
        ordered.covered_until as gap_from,
        ordered.next_service_from as gap_to,
    from ordered
    where
        ordered.next_service_from is null
        or ordered.next_service_from > ordered.covered_until
),

final as (
    select
        subscriptions.customer_id,
        gaps.subscription_id,
        gaps.gap_from,
        gaps.gap_to,
    from gaps
    inner join subscriptions on gaps.subscription_id = subscriptions.subscription_id
)

select * from final
