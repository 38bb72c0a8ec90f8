{{ config(materialized='view') }}

with

gaps as (
    select * from {{ ref('coverage_gap') }}
),

periods as (
    select * from {{ ref('fct_paid_period') }}
    union all
    select * from {{ ref('fct_given_period') }}
),

-- Only what was over at as_of can be known to have stayed without an invoice.
open_gaps as (
    select
        periods.subscription_id,
        periods.item_id,
        gaps.gap_from,
        {{ local_timestamp('gaps.gap_from') }} as gap_from_local,
        min_by(periods.interval_unit, periods.valid_from) as interval_unit,
        min_by(periods.interval_count, periods.valid_from) as interval_count,
        {{ local_timestamp(
            'least(gaps.gap_to, ' ~ as_of() ~ ', max(coalesce(periods.valid_to, '
            ~ end_of_time() ~ ')))'
        ) }} as gap_to_local,
    from gaps
    inner join periods
        on
            gaps.subscription_id = periods.subscription_id
            and gaps.gap_from < coalesce(periods.valid_to, {{ end_of_time() }})
            and periods.valid_from < coalesce(gaps.gap_to, {{ end_of_time() }})
    where gaps.gap_from < {{ as_of() }}
    group by periods.subscription_id, periods.item_id, gaps.gap_from, gaps.gap_to
),

numbered as (
    select
        open_gaps.*,
        {{ each_integer(
            '0',
            int_div(
                days_between('open_gaps.gap_from_local', 'open_gaps.gap_to_local'),
                "(open_gaps.interval_count * case open_gaps.interval_unit when 'year' then 365"
                ~ " when 'month' then 28 when 'week' then 7 else 1 end)"
            ) ~ ' + 1'
        ) }} as interval_no,
    from open_gaps
),

intervals as (
    select
        numbered.*,
        {{ add_intervals(
            'numbered.gap_from_local',
            'numbered.interval_unit',
            'numbered.interval_no * numbered.interval_count'
        ) }} as from_local,
        {{ add_intervals(
            'numbered.gap_from_local',
            'numbered.interval_unit',
            '(numbered.interval_no + 1) * numbered.interval_count'
        ) }} as to_local,
    from numbered
),

final as (
    select
        intervals.subscription_id,
        intervals.item_id,
        intervals.interval_no,
        {{ instant_of_local('intervals.from_local') }} as service_from,
        {{ instant_of_local('intervals.to_local') }} as service_to,
    from intervals
    where intervals.to_local <= intervals.gap_to_local
)

select * from final
