-- depends_on: {{ ref('changed_service_month') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('month_no', ref('changed_service_month')) }}",
    )
}}

with

-- Role and team are those at the time of what is credited; a bot is nobody's colleague.
final as (
    {{ agent_credits('contact') }}
    union all
    {{ agent_credits('first_reply') }}
    union all
    {{ agent_credits('first_solve') }}
    union all
    {{ agent_credits('last_solve') }}
)

select * from final
