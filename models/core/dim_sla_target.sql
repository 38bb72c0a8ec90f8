with

versions as (
    select * from {{ ref('dim_sla_policy') }}
),

policies as (
    select distinct
        channel,
        priority,
        metric
    from versions
),

kinds as (
    select
        channel,
        priority
    from {{ ref('fct_ticket') }}
    group by channel, priority
),

-- The policy that says most about a kind of ticket rules; its channel says more than its priority.
chosen as (
    select
        kinds.channel,
        kinds.priority,
        policies.metric,
        policies.channel as policy_channel,
        policies.priority as policy_priority
    from kinds
    inner join policies
        on
            coalesce(policies.channel = kinds.channel, policies.channel is null)
            and coalesce(policies.priority = kinds.priority, policies.priority is null)
    qualify
        row_number() over (
            partition by kinds.channel, kinds.priority, policies.metric
            order by
                policies.channel is null asc nulls last, policies.priority is null asc nulls last
        ) = 1
),

final as (
    select
        chosen.channel,
        {{ unknown_if_null('chosen.priority') }} as priority,
        chosen.metric,
        chosen.policy_channel,
        chosen.policy_priority,
        versions.target_s,
        versions.clock,
        versions.valid_from,
        versions.valid_to,
        versions.pauses_new,
        versions.pauses_open,
        versions.pauses_pending,
        versions.pauses_hold,
        versions.pauses_solved
    from chosen
    inner join versions
        on
            chosen.metric = versions.metric
            and chosen.policy_channel is not distinct from versions.channel
            and chosen.policy_priority is not distinct from versions.priority
)

select * from final
