{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
        meta={'plain_columns': ['invoice_id', 'customer_id', 'subscription_id']},
    )
}}

with

lines as (
    select * from {{ ref('invoice_line_price') }}
),

rates as (
    select * from {{ ref('dim_fx_rate') }}
),

subscriptions as (
    select * from {{ ref('subscriptions') }}
),

states as (
    select * from {{ ref('delivered_state') }}
),

trials as (
    select
        states.subscription_id,
        states.valid_from as starts_at,
        coalesce(states.valid_to, {{ end_of_time() }}) as ends_at,
    from states
    where states.state = 'trialing'
    union all
    select
        subscriptions.subscription_id,
        coalesce(subscriptions.trial_start_at, subscriptions.started_at) as starts_at,
        subscriptions.trial_end_at as ends_at,
    from subscriptions
    where
        subscriptions.trial_end_at is not null
        and subscriptions.subscription_id not in (select states.subscription_id from states)
),

customers as (
    select * from {{ ref('customer_version') }}
),

described as (
    select
        lines.*,
        rates.units_per_eur,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.is_internal, false) as is_internal,
        coalesce(lines.service, lines.price_service, subscriptions.service, 'unknown')
            as sold_service,
        coalesce(lines.plan, lines.price_plan, subscriptions.plan, 'unknown') as sold_plan,
        coalesce(
            lines.is_recurring,
            lines.price_interval_unit <> 'one_time',
            lines.subscription_id is not null
        ) as is_recurring_line,
        -- What a trial gives away was not sold (METRICS 7.1).
        lines.unit_target is not null
        and not coalesce(customers.is_internal, false)
        and trials.subscription_id is null as has_target,
    from lines
    left join rates on lines.currency = rates.currency and lines.issued_on = rates.day
    -- Asked only for what neither the line nor its price says.
    left join subscriptions
        on
            case
                when
                    coalesce(lines.service, lines.price_service) is null
                    or coalesce(lines.plan, lines.price_plan) is null
                    then lines.subscription_id
            end = subscriptions.subscription_id
    -- Asked only for what costs nothing.
    left join trials
        on
            case
                when lines.realised = 0 and coalesce(lines.is_recurring, true)
                    then lines.subscription_id
            end = trials.subscription_id
            and coalesce(lines.service_from, {{ local_midnight('lines.issued_on') }})
            >= trials.starts_at
            and coalesce(lines.service_from, {{ local_midnight('lines.issued_on') }})
            < trials.ends_at
    left join customers
        on
            lines.customer_id = customers.customer_id
            and {{ is_valid_on('customers', 'lines.issued_on') }}
),

-- The price on its way down; each step is a difference of two of these, so the steps add up.
levels as (
    select
        described.*,
        {{ to_eur('described.list_price', 'described.units_per_eur') }} as list_level,
        {{ to_eur('described.target', 'described.units_per_eur') }} as target_level,
        {{ to_eur(
            money('described.target - described.price_lag'), 'described.units_per_eur'
        ) }}
            as lagged_level,
        {{ to_eur('described.sold_price', 'described.units_per_eur') }} as sold_level,
        {{ to_eur('described.net_before_invoice_discount', 'described.units_per_eur') }}
            as line_level,
        {{ to_eur('described.realised', 'described.units_per_eur') }} as realised_level,
    from described
),

final as (
    select
        levels.invoice_id,
        levels.line_no,
        levels.customer_id,
        levels.subscription_id,
        levels.sold_service as service,
        levels.sold_plan as plan,
        coalesce(levels.sales_channel, 'unknown') as sales_channel,
        levels.segment,
        levels.issued_on,
        levels.due_on,
        levels.status,
        levels.service_from,
        levels.service_to,
        levels.currency,
        levels.units_per_eur,
        levels.is_recurring_line as is_recurring,
        levels.is_internal,
        levels.has_target,
        levels.list_source,
        levels.realised as net_amount,
        levels.realised_level as net_eur,
        case
            when levels.has_target then {{ money('levels.list_level - levels.target_level') }}
        end as tier_eur,
        case when levels.has_target then levels.target_level end as target_eur,
        case when levels.has_target then levels.realised_level end as realised_eur,
        case
            when levels.has_target then {{ money('levels.target_level - levels.lagged_level') }}
        end as price_lag_eur,
        case
            when levels.has_target then {{ money('levels.lagged_level - levels.sold_level') }}
        end as negotiated_eur,
        case
            when levels.has_target then {{ money('levels.sold_level - levels.line_level') }}
        end as line_eur,
        case
            when levels.has_target then {{ money('levels.line_level - levels.realised_level') }}
        end as invoice_eur,
        levels.load_id,
    from levels
)

select * from final
