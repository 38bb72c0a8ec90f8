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

services as (
    select
        lines.customer_id,
        lines.subscription_id,
        lines.service_from,
        max(lines.service_to) as service_to,
    from lines
    where
        lines.is_recurring
        and not lines.is_internal
        and lines.subscription_id is not null
        and lines.service_to > lines.service_from
        and {{ is_changed('lines.customer_id', ref('changed_customer')) }}
    group by lines.customer_id, lines.subscription_id, lines.service_from
),

-- An end at which no other service begins. Nearly every subscription has one, its last, and only
-- the others are worth a look in order of time.
loose_ends as (
    select
        services.customer_id,
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
        loose_ends.customer_id,
        loose_ends.subscription_id,
        max(loose_ends.service_to) as last_service_to,
        count(*) as ends_n,
    from loose_ends
    group by loose_ends.customer_id, loose_ends.subscription_id
),

ordered as (
    select
        services.customer_id,
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
            where counted_ends.ends_n > 1
        )
),

final as (
    select
        counted_ends.customer_id,
        counted_ends.subscription_id,
        counted_ends.last_service_to as gap_from,
        cast(null as timestamptz) as gap_to,
    from counted_ends
    where counted_ends.ends_n = 1
    union all
    select
        ordered.customer_id,
        ordered.subscription_id,
        ordered.covered_until as gap_from,
        ordered.next_service_from as gap_to,
    from ordered
    where
        ordered.next_service_from is null
        or ordered.next_service_from > ordered.covered_until
)

select * from final
