with

balances as (
    select
        fct_subscription_month.*,
        {{ month_index('fct_subscription_month.month') }} as month_index,
    from {{ ref('fct_subscription_month') }} as fct_subscription_month
    where fct_subscription_month.currency <> 'EUR' and fct_subscription_month.closing_mrr > 0
),

rates as (
    select * from {{ ref('dim_fx_month') }}
),

-- A quarter's last month is looked at from two months before, a year's from eleven.
spans as (
    select names.span_months
    from (values (2), (11)) as names (span_months)
),

final as (
    select
        balances.customer_id,
        balances.month_index - spans.span_months as first_index,
        balances.month_index as last_index,
        {{ sum_money(
            to_eur('balances.closing_mrr', 'rates.units_per_eur') ~ ' - balances.closing_mrr_eur'
        ) }} as difference_eur,
    from balances
    cross join spans
    inner join rates
        on
            balances.currency = rates.currency
            and balances.month_index - spans.span_months = rates.month_index
    group by balances.customer_id, balances.month_index, spans.span_months
)

select * from final
