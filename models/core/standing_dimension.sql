with

customers as (
    select * from {{ ref('standing_customer') }}
),

subscriptions as (
    select * from {{ ref('standing_subscription') }}
),

-- A customer is counted once under each service, plan and branch that it has.
parts as (
    select
        subscriptions.customer_id,
        case
            when grouping(subscriptions.service) = 0 then 'service'
            when grouping(subscriptions.plan) = 0 then 'plan'
            else 'branch'
        end as dim_name,
        coalesce(subscriptions.service, subscriptions.plan, subscriptions.branch) as dim_value,
        {{ sum_money('subscriptions.past_due_mrr_eur') }} as past_due_mrr_eur,
        {{ sum_money('subscriptions.scheduled_mrr_eur') }} as scheduled_mrr_eur,
    from subscriptions
    group by grouping sets (
        (subscriptions.customer_id, subscriptions.service),
        (subscriptions.customer_id, subscriptions.plan),
        (subscriptions.customer_id, subscriptions.branch)
    )
),

members as (
    select
        names.dim_name,
        case names.dim_name
            when 'segment' then customers.segment
            when 'customer_type' then customers.customer_type
            when 'region' then customers.region
            when 'acquisition_source' then customers.acquisition_source
            else 'all'
        end as dim_value,
        customers.past_due_mrr_eur,
        customers.scheduled_mrr_eur,
        case when customers.scheduled_mrr_eur = customers.mrr_eur then 1 else 0 end as is_leaving,
        customers.tenure_days,
    from customers
    cross join (
        values ('all'), ('segment'), ('customer_type'), ('region'), ('acquisition_source')
    ) as names (dim_name)
    union all
    select
        parts.dim_name,
        parts.dim_value,
        parts.past_due_mrr_eur,
        parts.scheduled_mrr_eur,
        case when customers.scheduled_mrr_eur = customers.mrr_eur then 1 else 0 end as is_leaving,
        customers.tenure_days,
    from parts
    inner join customers on parts.customer_id = customers.customer_id
),

final as (
    select
        members.dim_name,
        members.dim_value,
        count(*) as customers_n,
        cast(sum(members.is_leaving) as bigint) as scheduled_n,
        {{ sum_money('members.past_due_mrr_eur') }} as past_due_mrr_eur,
        {{ sum_money('members.scheduled_mrr_eur') }} as scheduled_mrr_eur,
        cast(avg(members.tenure_days) as decimal(18, 9)) as mean_days,
        cast({{ quantile('members.tenure_days', 0.5) }} as decimal(18, 9)) as median_days,
        cast({{ quantile('members.tenure_days', 0.9) }} as decimal(18, 9)) as p90_days,
    from members
    group by members.dim_name, members.dim_value
)

select * from final
