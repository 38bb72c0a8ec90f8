{{ config(materialized='view') }}

with

backlogs as (
    select * from {{ ref('service_backlog_month') }}
),

waiting as (
    select * from {{ ref('service_waiting_month') }}
),

final as (
    {{ service_stock('ticket_backlog', 'backlog_n', 'backlogs') }}
    union all
    {{ service_stock('frt_s', 'unanswered_n', 'backlogs', 'unanswered_n') }}
    union all
    {{ service_stock('open_cases', 'waiting_n', 'waiting') }}
    union all
    {{ service_stock('next_reply_s', 'turns_n', 'waiting', 'unanswered_n') }}
)

select * from final
