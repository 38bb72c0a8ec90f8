{{ config(meta={'plain_columns': ['ticket_id']}) }}

with

placed as (
    select
        paused.*,
        {{ sla_position('paused', 'at_creation', 'paused.created_at') }} as created_us,
        {{ sla_position('paused', 'at_start', 'paused.started_at') }} as started_us,
        {{ sla_position('paused', 'at_end', 'paused.until_at') }} as until_us
    from {{ ref('fct_sla_stretch') }} as paused
    left join {{ ref('dim_business_interval') }} as at_creation
        on {{ sla_interval('paused', 'at_creation', 'paused.created_at') }}
    left join {{ ref('dim_business_interval') }} as at_start
        on {{ sla_interval('paused', 'at_start', 'paused.started_at') }}
    left join {{ ref('dim_business_interval') }} as at_end
        on {{ sla_interval('paused', 'at_end', 'paused.until_at') }}
),

stretches as (
    select
        ticket_id,
        metric,
        turn_no,
        started_us,
        target_s,
        interval_no,
        stopped_at is null and to_at is null as lasts,
        greatest(
            case clock
                when 'business' then created_us + business_from_us
                else {{ us_of_instant('from_at') }}
            end,
            started_us
        ) as from_us,
        least(
            case clock
                when 'business' then created_us + business_to_us
                else {{ us_of_instant('to_at') }}
            end,
            until_us
        ) as to_us
    from placed
),

pauses as (
    select
        *,
        to_us - from_us as paused_us,
        -- What had run before it, the earlier pauses taken out. A pause that begins just on target
        -- keeps the ticket on time.
        from_us - started_us - coalesce(
            sum(to_us - from_us) over (
                partition by ticket_id, metric, turn_no
                order by interval_no asc nulls last
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) <= target_s * 1000000 as is_before_target
    from stretches
),

final as (
    select
        ticket_id,
        metric,
        turn_no,
        cast(sum(paused_us) as bigint) as paused_us,
        cast(
            coalesce(sum(paused_us) filter (where is_before_target), 0) as bigint
        ) as paused_before_target_us,
        bool_or(lasts and is_before_target) as is_paused
    from pauses
    group by ticket_id, metric, turn_no
)

select * from final
