with

subscriptions as (
    select * from {{ ref('standing_subscription') }}
),

final as (
    select
        subscriptions.service,
        subscriptions.segment,
        cast(null as varchar) as nps_bucket,
        count(distinct subscriptions.customer_id) as customers_n,
        cast(12 * sum(subscriptions.mrr_eur) as decimal(18, 6)) as arr_eur,
        cast(null as decimal(9, 6)) as p_churn,
        cast(null as decimal(18, 6)) as at_risk_eur,
        {{ sum_money('subscriptions.scheduled_mrr_eur') }} as scheduled_eur,
        {{ sum_money('subscriptions.past_due_mrr_eur') }} as past_due_eur,
        'not_applicable' as status,
        {{ mart_lineage() }},
    from subscriptions
    group by subscriptions.service, subscriptions.segment
)

select * from final
