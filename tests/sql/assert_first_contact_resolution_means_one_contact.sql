with

judged as (
    select *
    from {{ ref('fct_ticket') }}
    where is_fcr is not null
),

final as (
    select ticket_id
    from judged
    where is_fcr and contacts_to_first_solve_n <> 1
    union all
    -- Every verdict has its reason, and none is given where there is no verdict.
    select ticket_id
    from {{ ref('fct_ticket') }}
    where
        (is_fcr is null) <> (fcr_exclusion_reason is not null)
        or coalesce(not is_fcr, false) <> (fcr_failure_reason is not null)
    union all
    select 'no verdict to look at' as ticket_id
    where not exists (select 1 from judged where is_fcr)
)

select ticket_id from final
