with

customers as (
    select * from {{ ref('fct_customer_month') }}
),

intramonth as (
    select * from {{ ref('intramonth_churn') }}
),

entries as (
    select
        customers.month,
        customers.segment,
        customers.customer_type,
        customers.region,
        customers.acquisition_source,
        customers.movement,
        customers.is_open_start,
        customers.is_open_end,
        customers.opening_mrr_eur,
        customers.closing_mrr_eur,
        customers.fx_eur,
        customers.closing_margin_eur,
    from customers
    union all
    select
        intramonth.month,
        intramonth.segment,
        intramonth.customer_type,
        intramonth.region,
        intramonth.acquisition_source,
        'intramonth_churn' as movement,
        false as is_open_start,
        false as is_open_end,
        0 as opening_mrr_eur,
        0 as closing_mrr_eur,
        0 as fx_eur,
        0 as closing_margin_eur,
    from intramonth
),

final as (
    select
        entries.month,
        entries.segment,
        entries.customer_type,
        entries.region,
        entries.acquisition_source,
        count(*) filter (where entries.is_open_start) as opening_n,
        count(*) filter (where entries.movement = 'new') as new_n,
        count(*) filter (where entries.movement = 'reactivation') as reactivated_n,
        count(*) filter (where entries.movement = 'expansion') as expanded_n,
        count(*) filter (where entries.movement = 'contraction') as contracted_n,
        count(*) filter (where entries.movement = 'churn') as churned_n,
        count(*) filter (where entries.movement = 'intramonth_churn') as intramonth_churned_n,
        count(*) filter (where entries.is_open_end) as closing_n,
        {{ sum_money('entries.opening_mrr_eur') }} as opening_mrr_eur,
        {{ sum_money('entries.closing_mrr_eur') }} as closing_mrr_eur,
        {{ sum_money('entries.fx_eur') }} as fx_eur,
        {{ sum_money(movement_amount('entries', 'new')) }} as new_eur,
        {{ sum_money(movement_amount('entries', 'expansion')) }} as expansion_eur,
        -{{ sum_money(movement_amount('entries', 'contraction')) }} as contraction_eur,
        -{{ sum_money(movement_amount('entries', 'churn')) }} as churn_eur,
        {{ sum_money(movement_amount('entries', 'reactivation')) }} as reactivation_eur,
        {{ sum_money('entries.closing_margin_eur') }} as closing_margin_eur,
        count(*) filter (where entries.is_open_end and entries.closing_margin_eur is not null)
            as closing_margin_n,
        {{ sum_money("case when entries.movement = 'new' then entries.closing_margin_eur end") }}
            as new_margin_eur,
        count(*) filter (
            where entries.movement = 'new' and entries.closing_margin_eur is not null
        ) as new_margin_n,
    from entries
    group by
        entries.month,
        entries.segment,
        entries.customer_type,
        entries.region,
        entries.acquisition_source
)

select * from final
