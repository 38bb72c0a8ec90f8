-- What was booked on a channel is its own; the rest is split over the channels by handling time
-- (8.23). Without handling times nobody knows what a channel cost.
with

works as (
    select
        month_no,
        dim_name,
        dim_value,
        max(numerator) filter (where metric_id = 'clearance_rate') as solved_n,
        coalesce(max(numerator) filter (where metric_id = 'aht_s'), 0) as handle_s
    from {{ ref('service_measure_month') }}
    where statistic = 'value' and dim_name in ('all', 'channel')
    group by month_no, dim_name, dim_value
),

-- Handled is what somebody picked up or wrote back to, in any channel.
handled as (
    select
        {{ month_index_of('started_at') }} as month_no,
        coalesce(channel, 'all') as dim_value,
        count(*) as contacts_n
    from {{ ref('fct_contact') }}
    where exclusion_reason is null and direction = 'inbound' and outcome = 'answered'
    group by
        grouping sets (
            ({{ month_index_of('started_at') }}),
            ({{ month_index_of('started_at') }}, channel)
        )
),

costs as (
    select
        month_no,
        channel,
        sum(cost_eur) as cost_eur
    from {{ ref('fct_cost_month') }}
    where cost_type = 'support'
    group by month_no, channel
),

totals as (
    select
        month_no,
        sum(cost_eur) as cost_eur,
        coalesce(sum(cost_eur) filter (where channel is null), 0) as shared_eur
    from costs
    group by month_no
),

final as (
    select
        works.month_no,
        works.dim_name,
        works.dim_value,
        cast(
            case
                when works.dim_name = 'all' then totals.cost_eur
                when totals.shared_eur = 0 then costs.cost_eur
                when works.handle_s > 0 or (costs.cost_eur is not null and company.handle_s > 0)
                    then
                        coalesce(costs.cost_eur, 0)
                        + totals.shared_eur * works.handle_s / company.handle_s
            end as decimal(18, 6)
        ) as cost_eur,
        handled.contacts_n,
        works.solved_n
    from works
    left join totals on works.month_no = totals.month_no
    inner join works as company on works.month_no = company.month_no and company.dim_name = 'all'
    left join costs
        on
            works.month_no = costs.month_no
            and works.dim_name = 'channel'
            and works.dim_value = costs.channel
    left join handled
        on works.month_no = handled.month_no and works.dim_value = handled.dim_value
    -- From the first month whose costs were delivered on, a month without them has its row too.
    where works.month_no >= (select min(month_no) from totals)
)

select * from final
