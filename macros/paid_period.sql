{#- An item's stretches in a paid state, at a price that fulfils the condition: what is paid for has
    MRR, what is given away has none and is a free period where no invoice tells of it (7.1). -#}
{% macro item_periods_in_paid_state(price_condition) -%}
with

states as (
    select * from {{ ref('fct_subscription_state') }}
),

items as (
    select * from {{ ref('fct_item_period') }}
),

subscriptions as (
    select * from {{ ref('subscriptions') }}
),

paid_periods as (
    select * from {{ ref('paid_through') }}
),

customers as (
    select customer_version.customer_id
    from {{ ref('customer_version') }} as customer_version
    where customer_version.is_current and not customer_version.is_internal
),

periods as (
    select
        states.customer_id,
        states.subscription_id,
        items.item_id,
        items.price_id,
        items.interval_unit,
        items.interval_count,
        items.plan,
        items.currency,
        greatest(states.valid_from, items.valid_from) as valid_from,
        -- What ran when the subscription was ended runs on with it.
        case
            when items.valid_to >= paid_periods.ended_at then states.valid_to
            else least(states.valid_to, items.valid_to)
        end as valid_to,
        items.quantity,
        items.list_mrr,
        items.mrr,
        states.state,
        items.load_id,
    from states
    inner join items on states.subscription_id = items.subscription_id
    left join paid_periods on states.subscription_id = paid_periods.subscription_id
    where
        states.is_paid
        and {{ price_condition }}
        and (paid_periods.ended_at is null or items.valid_from < paid_periods.ended_at)
        and {{ is_changed('states.customer_id', ref('changed_customer')) }}
),

final as (
    select
        periods.customer_id,
        periods.subscription_id,
        periods.item_id,
        periods.price_id,
        periods.interval_unit,
        periods.interval_count,
        coalesce(subscriptions.service, 'unknown') as service,
        coalesce(periods.plan, 'unknown') as plan,
        coalesce(subscriptions.branch, 'unknown') as branch,
        periods.currency,
        periods.valid_from,
        periods.valid_to,
        {{ month_index_of('periods.valid_from') }} as from_month,
        {{ month_index_of('coalesce(periods.valid_to, ' ~ end_of_time() ~ ')') }} as to_month,
        periods.quantity,
        periods.list_mrr,
        periods.mrr,
        periods.state,
        periods.load_id,
    from periods
    inner join subscriptions on periods.subscription_id = subscriptions.subscription_id
    inner join customers on periods.customer_id = customers.customer_id
    where periods.valid_to is null or periods.valid_to > periods.valid_from
)

select * from final
{%- endmacro %}
