with

policies as (
    select
        *,
        lead(valid_from) over (
            partition by channel, priority, metric order by valid_from asc nulls first
        ) as valid_to,
        row_number() over (
            partition by channel, priority, metric order by valid_from asc nulls first
        ) as version_no,
        -- On hold is spelled in many ways.
        ';'
        || regexp_replace(
            regexp_replace(lower(pausing_statuses), '[ ,;|]+', ';', 'g'),
            'on[-_;]?hold',
            'hold',
            'g'
        )
        || ';' as paused_in
    from {{ ref('sla_policies') }}
    where valid_from is null or valid_from <= {{ as_of() }}
),

final as (
    select
        channel,
        priority,
        metric,
        target_seconds as target_s,
        coalesce(clock, 'business') as clock,
        -- The first known version holds from the beginning of time (R15).
        case when version_no > 1 then valid_from end as valid_from,
        valid_to,
        {{ pauses_in('new') }},
        {{ pauses_in('open') }},
        {{ pauses_in('pending') }},
        {{ pauses_in('hold') }},
        {{ pauses_in('solved') }},
        load_id
    from policies
)

select * from final
