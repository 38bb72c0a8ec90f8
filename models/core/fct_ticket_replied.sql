{{ config(materialized='view') }}

with

courses as (
    select * from {{ ref('fct_ticket_course') }}
),

replies as (
    select * from {{ ref('fct_ticket_reply') }}
),

final as (
    select
        courses.*,
        case
            when courses.needs_reply_order then replies.first_reply_at
            else courses.earliest_reply_at
        end as first_reply_at,
        case
            when courses.needs_reply_order then replies.first_responder_agent_id
            else nullif(courses.replier_agent_id, '')
        end as first_responder_agent_id,
        case when courses.has_messages then courses.all_replies_n end as replies_n,
        case
            when not courses.has_messages then null
            when courses.needs_reply_order then replies.replies_to_first_solve_n
            when courses.latest_reply_at <= courses.first_solved_at then courses.all_replies_n
            else 0
        end as replies_to_first_solve_n
    from courses
    left join replies on courses.ticket_id = replies.ticket_id
)

select * from final
