{{ config(materialized='view') }}

with

spans as (
    select * from {{ ref('balance_span') }}
),

rates as (
    select * from {{ ref('dim_fx_month') }}
),

-- Apart, so that who asks for changes alone does not make the months in which there are none.
months as (
    select
        spans.*,
        spans.first_month as month_index,
        false as is_steady,
    from spans
    union all
    select
        spans.*,
        spans.last_month as month_index,
        false as is_steady,
    from spans
    where spans.last_month > spans.first_month
    union all
    select
        spans.*,
        {{ each_integer('spans.first_month + 1', 'spans.last_month') }} as month_index,
        true as is_steady,
    from spans
),

balances as (
    select
        months.*,
        case
            when months.month_index = months.first_month then months.first_opening_mrr
            else months.mrr
        end as opening_mrr,
        case
            when months.month_index = months.last_month then months.last_closing_mrr
            else months.mrr
        end as closing_mrr,
    from months
),

-- Without a rate the euros stay NULL, which the gate above core does not let pass.
final as (
    select
        balances.customer_id,
        balances.subscription_id,
        balances.plan,
        balances.currency,
        {{ month_start('balances.month_index') }} as month,
        balances.month_index - balances.paying_month as months_since_start,
        balances.service,
        balances.branch,
        balances.offer_id,
        balances.opening_mrr,
        balances.closing_mrr,
        {{ to_eur('balances.opening_mrr', 'rates.units_per_eur') }} as opening_mrr_eur,
        {{ to_eur('balances.closing_mrr', 'rates.units_per_eur') }} as closing_mrr_eur,
        {{ money(
            to_eur('balances.opening_mrr', 'rates.units_per_eur')
            ~ ' - ' ~ to_eur('balances.opening_mrr', 'previous_rates.units_per_eur')
        ) }} as fx_eur,
        {{ to_eur('balances.closing_mrr', 'first_rates.units_per_eur') }}
            as closing_mrr_at_start_rate_eur,
        coalesce(
            balances.is_same_quantity, balances.opening_mrr > 0 and balances.closing_mrr > 0
        ) as is_same_quantity,
        coalesce(balances.is_same_list, balances.opening_mrr > 0 and balances.closing_mrr > 0)
            as is_same_list,
        balances.is_steady,
        balances.is_alone,
        balances.has_one_service,
        balances.has_one_plan,
        balances.has_one_branch,
        balances.load_id,
    from balances
    left join rates
        on balances.currency = rates.currency and balances.month_index = rates.month_index
    left join rates as previous_rates
        on
            balances.currency = previous_rates.currency
            and balances.month_index - 1 = previous_rates.month_index
    left join rates as first_rates
        on
            balances.currency = first_rates.currency
            and balances.paying_month = first_rates.month_index
)

select * from final
