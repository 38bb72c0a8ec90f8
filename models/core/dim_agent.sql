with

versions as (
    select *
    from {{ ref('agents_version') }}
    where valid_from is null or valid_from <= {{ as_of() }}
),

final as (
    select
        agent_id,
        team,
        role,
        coalesce(role = 'bot', false) as is_bot,
        valid_from,
        valid_to,
        load_id
    from versions
)

select * from final
