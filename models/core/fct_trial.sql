with

firsts as (
    select *
    from {{ ref('subscription_trial') }}
    where {{ is_past('started_at') }}
    qualify
        row_number() over (
            partition by customer_id
            order by started_at asc nulls last, subscription_id asc nulls last
        ) = 1
),

customers as (
    select * from {{ ref('customer_version') }}
),

-- A payer's trial of another plan is no way of becoming a customer (6.1).
candidates as (
    select
        firsts.*,
        starts.paying_from,
        {{ instant_of_local(
            local_timestamp('firsts.ends_at') ~ " + to_days(" ~ var('trial_grace_days') ~ ")"
        ) }} as window_ends_at
    from firsts
    left join {{ ref('fct_customer_start') }} as starts on firsts.customer_id = starts.customer_id
    where starts.paying_from is null or starts.paying_from >= firsts.started_at
),

final as (
    select
        candidates.customer_id,
        candidates.subscription_id,
        candidates.started_at,
        {{ month_index_of('candidates.started_at') }} as month_no,
        candidates.ends_at,
        candidates.paying_from,
        coalesce(candidates.paying_from <= candidates.window_ends_at, false) as is_converted,
        candidates.window_ends_at < {{ as_of() }} as is_mature,
        case
            when candidates.paying_from <= candidates.window_ends_at
                then {{ days_between(
                    local_date('candidates.started_at'), local_date('candidates.paying_from')
                ) }}
        end as paid_after_days,
        {{ unknown_if_null('subscriptions.service') }} as service,
        {{ unknown_if_null('subscriptions.plan') }} as plan,
        {{ unknown_if_null('subscriptions.branch') }} as branch,
        {{ unknown_if_null('customers.segment') }} as segment,
        {{ unknown_if_null('customers.customer_type') }} as customer_type,
        {{ unknown_if_null('customers.region') }} as region,
        {{ unknown_if_null('customers.acquisition_source') }} as acquisition_source,
        subscriptions.load_id
    from candidates
    inner join {{ ref('subscriptions') }} as subscriptions
        on candidates.subscription_id = subscriptions.subscription_id
    left join customers
        on
            candidates.customer_id = customers.customer_id
            and {{ is_valid_at('customers', 'candidates.started_at') }}
    where not coalesce(customers.is_internal, false)
)

select * from final
