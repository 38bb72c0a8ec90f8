with

durations as (
    select * from {{ ref('survival_duration') }}
),

-- Segment by plan, each dimension by itself, and all.
cells as (
    select
        coalesce(durations.segment, 'all') as segment,
        coalesce(durations.plan, 'all') as plan,
        coalesce(durations.acquisition_source, 'all') as acquisition_source,
        coalesce(durations.customer_type, 'all') as customer_type,
        coalesce(durations.region, 'all') as region,
        coalesce(durations.service, 'all') as service,
        coalesce(durations.branch, 'all') as branch,
        durations.tenure_month,
        sum(durations.customers_n) as customers_n,
        sum(case when durations.is_lost then durations.customers_n else 0 end) as events_n,
    from durations
    group by grouping sets (
        (durations.tenure_month),
        (durations.tenure_month, durations.segment),
        (durations.tenure_month, durations.plan),
        (durations.tenure_month, durations.segment, durations.plan),
        (durations.tenure_month, durations.acquisition_source),
        (durations.tenure_month, durations.customer_type),
        (durations.tenure_month, durations.region),
        (durations.tenure_month, durations.service),
        (durations.tenure_month, durations.branch)
    )
),

final as (
    select
        cells.*,
        cells.segment
        || '|' || cells.plan
        || '|' || cells.acquisition_source
        || '|' || cells.customer_type
        || '|' || cells.region
        || '|' || cells.service
        || '|' || cells.branch as cell,
    from cells
)

select * from final
