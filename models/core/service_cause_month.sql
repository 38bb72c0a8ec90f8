-- A cause that no source ever tells of is unknown, not absent: its months are NULL (8.13).
with

attempts as (
    select
        month_no,
        denominator as attempted_n
    from {{ ref('service_measure_month') }}
    where metric_id = 'blockage_rate' and statistic = 'value' and dim_name = 'all'
),

blocked as (
    select
        {{ month_index_of('started_at') }} as month_no,
        {{ unknown_if_null('block_cause') }} as cause,
        count(*) as blocked_n
    from {{ ref('fct_contact') }} as contacts
    where exclusion_reason is null and outcome = 'blocked' and {{ waits_in_queue('contacts') }}
    group by all
),

causes as (
    select names.cause
    from (values ('no_agents'), ('network_fault')) as names (cause)
    union
    select cause
    from blocked
),

final as (
    select
        attempts.month_no,
        causes.cause,
        case
            when causes.cause in (select cause from blocked) then coalesce(blocked.blocked_n, 0)
        end as blocked_n,
        case
            when causes.cause in (select cause from blocked) then attempts.attempted_n
        end as attempted_n
    from attempts
    cross join causes
    left join blocked on attempts.month_no = blocked.month_no and causes.cause = blocked.cause
)

select * from final
