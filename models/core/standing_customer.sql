with

subscriptions as (
    select * from {{ ref('standing_subscription') }}
),

final as (
    select
        subscriptions.customer_id,
        min(subscriptions.segment) as segment,
        min(subscriptions.customer_type) as customer_type,
        min(subscriptions.region) as region,
        min(subscriptions.acquisition_source) as acquisition_source,
        {{ days_between(local_date('min(subscriptions.paying_from)'), local_date(as_of())) }}
            as tenure_days,
        {{ sum_money('subscriptions.mrr_eur') }} as mrr_eur,
        {{ sum_money('subscriptions.past_due_mrr_eur') }} as past_due_mrr_eur,
        {{ sum_money('subscriptions.scheduled_mrr_eur') }} as scheduled_mrr_eur,
    from subscriptions
    group by subscriptions.customer_id
)

select * from final
