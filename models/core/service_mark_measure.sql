-- Whether their agents say that tickets were solved at first contact (8.17).
with

-- Where no agent of a source ever marks a ticket, the mark is unknown, not missing. One mark more
-- changes every month of its source.
marking_sources as (
    select source
    from {{ ref('fct_ticket') }}
    where is_agent_marked_fcr is not null
    group by source
),

first_solved as (
    select
        first_solved_month_no as month_no,
        channel,
        team_at_first_solve as team,
        topic,
        priority,
        count(*) filter (where is_agent_marked_fcr) as marked_n,
        count(*) as markable_n
    from {{ ref('fct_ticket') }}
    where
        exclusion_reason is null
        and first_solved_at is not null
        and customer_id is not null
        and is_customer_initiated
        and source in (select source from marking_sources)
    group by all
),

final as (
    {{ service_parts('fcr_agent', 'marked_n', 'markable_n', 'first_solved') }}
)

select * from final
