with

periods as (
    select * from {{ ref('fct_paid_period') }}
),

starts as (
    select * from {{ ref('fct_customer_start') }}
),

subscriptions as (
    select * from {{ ref('subscriptions') }}
),

customers as (
    select * from {{ ref('customer_version') }}
    where is_current
),

rates as (
    select * from {{ ref('dim_fx_month') }}
    where month_index = {{ month_index_of(as_of()) }}
),

ends as (
    select
        periods.subscription_id,
        max(coalesce(periods.valid_to, {{ end_of_time() }})) as ends_at,
    from periods
    group by periods.subscription_id
),

running as (
    select
        periods.*,
        starts.paying_from,
        {{ to_eur('periods.mrr', 'rates.units_per_eur') }} as mrr_eur,
    from periods
    inner join starts on periods.customer_id = starts.customer_id
    left join rates on periods.currency = rates.currency
    where
        {{ is_past('periods.valid_from') }}
        and (periods.valid_to is null or periods.valid_to > {{ as_of() }})
        and {{ is_past('starts.paying_from') }}
),

final as (
    select
        running.customer_id,
        running.subscription_id,
        running.service,
        running.plan,
        running.branch,
        running.paying_from,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.customer_type, 'unknown') as customer_type,
        coalesce(customers.region, 'unknown') as region,
        coalesce(customers.acquisition_source, 'unknown') as acquisition_source,
        running.mrr_eur,
        case when running.state = 'past_due' then running.mrr_eur else 0 end as past_due_mrr_eur,
        case
            when
                {{ is_past('subscriptions.cancel_requested_at') }}
                and ends.ends_at < {{ end_of_time() }}
                then running.mrr_eur
            else 0
        end as scheduled_mrr_eur,
    from running
    inner join subscriptions on running.subscription_id = subscriptions.subscription_id
    inner join ends on running.subscription_id = ends.subscription_id
    inner join customers on running.customer_id = customers.customer_id
)

select * from final
