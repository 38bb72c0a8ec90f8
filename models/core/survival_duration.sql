with

members as (
    select * from {{ ref('cohort_member') }}
    where basis = 'mrr'
),

first_losses as (
    select
        customers.customer_id,
        min({{ month_index('customers.month') }}) as month_index,
    from {{ ref('fct_customer_month') }} as customers
    where customers.movement = 'churn'
    group by customers.customer_id
),

-- Who comes back is not looked at again: only the first loss ends a life.
final as (
    select
        members.cohort_index,
        members.segment,
        members.plan,
        members.acquisition_source,
        members.customer_type,
        members.region,
        members.service,
        members.branch,
        coalesce(first_losses.month_index, {{ month_index_of(as_of()) }}) - members.cohort_index
            as tenure_month,
        first_losses.customer_id is not null as is_lost,
        count(*) as customers_n,
    from members
    left join first_losses on members.customer_id = first_losses.customer_id
    group by
        members.cohort_index,
        members.segment,
        members.plan,
        members.acquisition_source,
        members.customer_type,
        members.region,
        members.service,
        members.branch,
        first_losses.month_index,
        first_losses.customer_id is not null
)

select * from final
