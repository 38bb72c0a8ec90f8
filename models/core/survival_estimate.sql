with

curves as (
    select * from {{ ref('survival_curve') }}
),

-- Which attributes a cell tells apart.
cells as (
    select
        curves.segment,
        curves.plan,
        curves.acquisition_source,
        curves.customer_type,
        curves.region,
        curves.service,
        curves.branch,
        curves.n0,
        curves.n0 < {{ var('min_cell_n') }} as is_small,
        case
            when curves.segment <> 'all' and curves.plan <> 'all' then 'segment_plan'
            when curves.segment <> 'all' then 'segment'
            when curves.plan <> 'all' then 'plan'
            when curves.acquisition_source <> 'all' then 'acquisition_source'
            when curves.customer_type <> 'all' then 'customer_type'
            when curves.region <> 'all' then 'region'
            when curves.service <> 'all' then 'service'
            when curves.branch <> 'all' then 'branch'
            else 'all'
        end as dim_name,
    from curves
    where curves.tenure_month = 0
),

-- The cells of a segment's row, and of a plan's column, add up to a cell that is shown.
summed as (
    select
        cells.*,
        cells.dim_name || case when cells.dim_name = 'segment_plan' then cells.segment else '' end
            as segment_total,
        cells.dim_name || case when cells.dim_name = 'segment_plan' then cells.plan else '' end
            as plan_total,
    from cells
),

ranked as (
    select
        summed.*,
        count(*) filter (where summed.is_small) over (partition by summed.segment_total)
            as small_in_segment_n,
        count(*) filter (where summed.is_small) over (partition by summed.plan_total)
            as small_in_plan_n,
        row_number() over (
            partition by summed.segment_total, summed.is_small
            order by
                summed.n0 nulls last,
                summed.plan nulls last,
                summed.segment nulls last,
                summed.acquisition_source nulls last,
                summed.customer_type nulls last,
                summed.region nulls last,
                summed.service nulls last,
                summed.branch nulls last
        ) as rank_in_segment,
        row_number() over (
            partition by summed.plan_total, summed.is_small
            order by summed.n0 nulls last, summed.segment nulls last
        ) as rank_in_plan,
    from summed
),

-- One hidden cell could be told from the total and the others, so the next smallest goes with it.
judged as (
    select
        ranked.*,
        case
            when ranked.is_small then 'suppressed'
            when
                ranked.dim_name <> 'all'
                and ranked.small_in_segment_n = 1
                and ranked.rank_in_segment = 1
                then 'suppressed'
            when
                ranked.dim_name = 'segment_plan'
                and ranked.small_in_plan_n = 1
                and ranked.rank_in_plan = 1
                then 'suppressed'
            when ranked.n0 < {{ var('low_n') }} then 'low_n'
            else 'ok'
        end as status,
    from ranked
),

final as (
    select
        judged.dim_name,
        curves.segment,
        curves.plan,
        curves.acquisition_source,
        curves.customer_type,
        curves.region,
        curves.service,
        curves.branch,
        curves.tenure_month,
        curves.n0,
        case when judged.status <> 'suppressed' then curves.at_risk_n end as at_risk_n,
        case when judged.status <> 'suppressed' then curves.events_n end as events_n,
        case when judged.status <> 'suppressed' then curves.hazard end as hazard,
        case when judged.status <> 'suppressed' then curves.survival_rate end as survival_rate,
        judged.status,
    from curves
    inner join judged
        on
            curves.segment = judged.segment
            and curves.plan = judged.plan
            and curves.acquisition_source = judged.acquisition_source
            and curves.customer_type = judged.customer_type
            and curves.region = judged.region
            and curves.service = judged.service
            and curves.branch = judged.branch
)

select * from final
