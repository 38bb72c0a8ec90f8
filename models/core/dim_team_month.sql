with

teams as (
    select
        team,
        unit,
        row_number() over (partition by team order by valid_from asc nulls first) as version_no,
        valid_from,
        lead(valid_from) over (partition by team order by valid_from asc nulls first) as valid_to
    from {{ ref('teams') }}
    where valid_from is null or valid_from <= {{ as_of() }}
),

first_months as (
    select min({{ month_index_of('created_at') }}) as month_no from {{ ref('fct_ticket') }}
    union all
    select min({{ month_index_of('started_at') }}) as month_no from {{ ref('fct_contact') }}
    union all
    select min({{ month_index('day') }}) as month_no from {{ ref('agent_time') }}
    union all
    select min({{ month_index_of('reviewed_at') }}) as month_no from {{ ref('fct_qa_review') }}
),

months as (
    select
        {{ each_integer('min(month_no)', month_index_of(as_of()) ~ ' + 1') }} as month_no
    from first_months
),

final as (
    select
        months.month_no,
        teams.team,
        teams.unit
    from months
    inner join teams
        on
            (
                teams.version_no = 1
                or teams.valid_from < {{ local_midnight(month_start('months.month_no + 1')) }}
            )
            and (
                teams.valid_to is null
                or teams.valid_to >= {{ local_midnight(month_start('months.month_no + 1')) }}
            )
)

select * from final
