{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
        meta={
            'plain_columns': ['customer_id'],
            'slices': {'of': 'balance_span', 'rows': 'last_month - first_month + 1'},
        },
    )
}}

with

alone as (
    select * from {{ ref('fct_subscription_month') }}
    where is_alone and {{ in_slice('customer_id') }}
),

several as (
    select * from {{ ref('fct_subscription_month') }}
    where not is_alone and {{ in_slice('customer_id') }}
),

offers as (
    select distinct
        balance_span.offer_id,
        balance_span.service,
        balance_span.plan,
        balance_span.branch,
    from {{ ref('balance_span') }} as balance_span
),

starts as (
    select * from {{ ref('fct_customer_start') }}
    where {{ in_slice('customer_id') }}
),

customers as (
    select * from {{ ref('customer_version') }}
    where {{ in_slice('customer_id') }}
),

services as (
    select * from {{ ref('services') }}
),

-- Who never has but one balance is not put together first. The margin of a customer is known where
-- that of each of its services is. What is put together has numbers only, and what is the same in
-- all rows of a customer's month is among the keys: DuckDB keeps texts of a grouping in memory.
balances as (
    select
        alone.customer_id,
        alone.month,
        alone.months_since_start,
        coalesce(alone.opening_mrr_eur, 0) as opening_mrr_eur,
        coalesce(alone.closing_mrr_eur, 0) as closing_mrr_eur,
        coalesce(alone.fx_eur, 0) as fx_eur,
        coalesce(alone.closing_mrr_at_start_rate_eur, 0) as closing_mrr_at_start_rate_eur,
        {{ margin('alone.closing_mrr_eur', 'services.gross_margin_rate') }}
            as closing_margin_eur,
        alone.offer_id,
        true as is_one_offer,
        alone.has_one_service,
        alone.has_one_plan,
        alone.has_one_branch,
        alone.load_id,
    from alone
    left join services on alone.service = services.service
    where {{ is_changed('alone.customer_id', ref('changed_customer')) }}
    union all
    select
        several.customer_id,
        several.month,
        several.months_since_start,
        {{ sum_money('several.opening_mrr_eur') }} as opening_mrr_eur,
        {{ sum_money('several.closing_mrr_eur') }} as closing_mrr_eur,
        {{ sum_money('several.fx_eur') }} as fx_eur,
        {{ sum_money('several.closing_mrr_at_start_rate_eur') }}
            as closing_mrr_at_start_rate_eur,
        {{ sum_margin('several.closing_mrr_eur', 'services.gross_margin_rate') }}
            as closing_margin_eur,
        min(several.offer_id) as offer_id,
        count(*) = 1 as is_one_offer,
        several.has_one_service,
        several.has_one_plan,
        several.has_one_branch,
        max(several.load_id) as load_id,
    from several
    left join services on several.service = services.service
    where {{ is_changed('several.customer_id', ref('changed_customer')) }}
    group by
        several.customer_id,
        several.month,
        several.months_since_start,
        several.has_one_service,
        several.has_one_plan,
        several.has_one_branch
),

moved as (
    select
        balances.*,
        balances.opening_mrr_eur > 0 as is_open_start,
        balances.closing_mrr_eur > 0 as is_open_end,
        {{ movement(
            'balances.opening_mrr_eur', 'balances.closing_mrr_eur',
            'balances.months_since_start = 0'
        ) }} as movement,
    from balances
),

-- Attributes as they were at the month's opening; a new customer's, when it began to pay.
final as (
    select
        moved.customer_id,
        moved.month,
        moved.months_since_start as tenure_months,
        moved.opening_mrr_eur,
        moved.closing_mrr_eur,
        moved.fx_eur,
        moved.closing_mrr_at_start_rate_eur,
        moved.closing_margin_eur,
        moved.is_open_start,
        moved.is_open_end,
        moved.movement,
        case when moved.is_one_offer or moved.has_one_service then offers.service end
            as only_service,
        case when moved.is_one_offer or moved.has_one_plan then offers.plan end as only_plan,
        case when moved.is_one_offer or moved.has_one_branch then offers.branch end as only_branch,
        moved.has_one_service,
        moved.has_one_plan,
        moved.has_one_branch,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.customer_type, 'unknown') as customer_type,
        coalesce(customers.region, 'unknown') as region,
        coalesce(customers.acquisition_source, 'unknown') as acquisition_source,
        moved.load_id,
    from moved
    left join offers on moved.offer_id = offers.offer_id
    left join starts
        on case when moved.movement = 'new' then moved.customer_id end = starts.customer_id
    left join customers
        on
            moved.customer_id = customers.customer_id
            and case
                when moved.movement = 'new'
                    then {{ is_valid_at('customers', 'starts.paying_from') }}
                else {{ is_valid_on('customers', 'moved.month') }}
            end
)

select * from final
