{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
    )
}}

with

customers as (
    select * from {{ ref('fct_customer_month') }}
),

causes as (
    select * from {{ ref('churn_cause') }}
),

returns as (
    select * from {{ ref('customer_return') }}
),

balances as (
    select * from {{ ref('balance_end') }}
),

services as (
    select * from {{ ref('services') }}
),

lines as (
    select * from {{ ref('fct_billed_line') }}
),

credits as (
    select * from {{ ref('fct_credit') }}
),

losses as (
    select
        customers.*,
        causes.churn_type,
        causes.service,
        causes.plan,
        causes.branch,
        {{ local_date('causes.ended_at') }} as lost_on,
    from customers
    inner join causes
        on customers.customer_id = causes.customer_id and customers.month = causes.month
    where
        customers.movement = 'churn'
        and {{ is_changed('customers.customer_id', ref('changed_customer')) }}
),

margins as (
    select
        losses.customer_id,
        losses.month,
        {{ sum_margin('balances.opening_mrr_eur', 'services.gross_margin_rate') }} as margin_eur,
    from losses
    inner join balances
        on losses.customer_id = balances.customer_id and losses.month = balances.month
    left join services on balances.service = services.service
    group by losses.customer_id, losses.month
),

invoiced as (
    select
        lines.customer_id,
        lines.issued_on,
        lines.net_eur,
    from lines
    where lines.customer_id in (select losses.customer_id from losses)
    union all
    select
        credits.customer_id,
        credits.issued_on,
        -credits.amount_eur as net_eur,
    from credits
    where credits.customer_id in (select losses.customer_id from losses)
),

trailing_revenue as (
    select
        losses.customer_id,
        losses.month,
        {{ sum_money('invoiced.net_eur') }} as ltm_eur,
    from losses
    inner join invoiced
        on
            losses.customer_id = invoiced.customer_id
            and invoiced.issued_on >= {{ add_days('losses.lost_on', -365) }}
            and invoiced.issued_on < losses.lost_on
    group by losses.customer_id, losses.month
),

final as (
    select
        'mrr' as basis,
        losses.customer_id,
        losses.month,
        losses.lost_on,
        losses.churn_type,
        losses.service,
        losses.plan,
        losses.branch,
        losses.segment,
        losses.customer_type,
        losses.region,
        losses.acquisition_source,
        losses.tenure_months,
        returns.returned_on,
        losses.opening_mrr_eur as churned_mrr_eur,
        margins.margin_eur as churned_margin_eur,
        cast(12 * losses.opening_mrr_eur as decimal(18, 6)) as churn_value_eur,
        coalesce(trailing_revenue.ltm_eur, 0) as churn_value_ltm_eur,
        losses.load_id,
    from losses
    left join trailing_revenue
        on
            losses.customer_id = trailing_revenue.customer_id
            and losses.month = trailing_revenue.month
    left join margins
        on losses.customer_id = margins.customer_id and losses.month = margins.month
    left join returns
        on losses.customer_id = returns.customer_id and losses.month = returns.month
)

select * from final
