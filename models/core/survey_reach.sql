with

customers as (
    select customer_id from {{ ref('customer_version') }}
    where is_current and not is_internal and deleted_at is null
),

-- Whom we may ask, and can.
reachable as (
    select distinct customer_id
    from {{ ref('people') }}
    where
        customer_id is not null
        and coalesce(can_be_surveyed, true)
        and not coalesce(is_deleted, false)
        and (email is not null or phone is not null)
),

final as (
    select
        count(*) as customers_n,
        -- Without any people delivered, nobody knows whom we could ask.
        case
            when exists (select 1 from {{ ref('people') }})
                then count(*) filter (where reachable.customer_id is null)
        end as unreachable_n
    from customers
    left join reachable on customers.customer_id = reachable.customer_id
)

select * from final
