{{ unfolding('subscriptions', 'stripe') }}
with subscription as (
    select *
    from {{ touched_objects(source('raw_stripe', 'subscriptions')) }}
),

event as (
    select *
    from {{ ref('stripe_change') }}
    where object_kind = 'subscription'
),

prices as (
    select *
    from {{ ref('stripe_price') }}
),

schedule as (
    select *
    from {{ objects(source('raw_stripe', 'subscription_schedules')) }}
),

phase as (
    select
        {{ json_text('schedule.payload', 'subscription') }} as subscription_id,
        {{ each_json_item('schedule.payload', 'phases') }}
    from schedule
),

term as (
    select
        phase.subscription_id,
        cast(round(
            (
                max({{ json_integer('phase.item', 'end_date') }})
                - min({{ json_integer('phase.item', 'start_date') }})
            ) / 2629746.0
        ) as bigint) as months
    from phase
    group by phase.subscription_id
),

stated as (
    select
        subscription.*,
        {{ stripe_status('subscription.payload') }} as status,
        {{ stripe_instant('subscription.payload', 'canceled_at') }} as canceled_at,
        {{ json_text('subscription.payload', 'cancellation_details.reason') }} as reason,
        coalesce(
            {{ stripe_instant('subscription.payload', 'ended_at') }},
            {{ stripe_instant('subscription.payload', 'cancel_at') }},
            case
                when {{ json_text('subscription.payload', 'cancel_at_period_end') }} = 'true'
                    then {{ stripe_instant(
                        'subscription.payload', 'items.data[0].current_period_end'
                    ) }}
            end
        ) as ended_at
    from subscription
),

final as (
    select
        stated.id as subscription_id,
        {{ json_text('stated.payload', 'customer') }} as customer_id,
        coalesce({{ stripe_metadata('stated.payload', 'service') }}, prices.service) as service,
        coalesce({{ stripe_metadata('stated.payload', 'plan') }}, prices.plan) as plan,
        {{ stripe_metadata('stated.payload', 'branch') }} as branch,
        stated.status,
        {{ stripe_instant('stated.payload', 'start_date') }} as started_at,
        {{ stripe_instant('stated.payload', 'trial_start') }} as trial_start_at,
        {{ stripe_instant('stated.payload', 'trial_end') }} as trial_end_at,
        -- What ends for another reason, or at once and for none, nobody is known to have asked for.
        case
            when
                stated.reason = 'cancellation_requested'
                or (
                    stated.reason is null
                    and (stated.ended_at is null or stated.canceled_at < stated.ended_at)
                )
                then stated.canceled_at
        end as cancel_requested_at,
        stated.ended_at,
        coalesce(
            {{ stripe_metadata('stated.payload', 'end_reason') }},
            case
                when stated.status = 'free' then 'downgrade_to_free'
                when stated.ended_at is null then null
                when stated.reason in ('payment_failed', 'payment_disputed') then 'involuntary'
                when stated.reason = 'cancellation_requested' then 'voluntary'
            end
        ) as end_reason,
        coalesce(
            {{ json_integer('stated.payload', 'metadata.committed_term_months') }},
            term.months
        ) as committed_term_months,
        {{ json_text('stated.payload', 'currency') }} as currency,
        coalesce(
            event.changed_at,
            case
                when not exists (
                    select 1
                    from {{ source('raw_stripe', 'subscriptions') }} as former
                    where former.id = stated.id and former.load_id < stated.load_id
                ) then {{ stripe_instant('stated.payload', 'created') }}
            end,
            stated.extracted_at
        ) as updated_at,
        case when stated.is_deleted then true end as is_deleted,
        {{ unfolded_position('stated', 'stripe/subscriptions') }}
    from stated
    left join event
        on stated.id = event.object_id and stated.extracted_at = event.extracted_at
    left join prices
        on
            {{ json_text('stated.payload', 'items.data[0].price.id') }}
            = prices.stripe_price_id
    left join term on stated.id = term.subscription_id
)

select *
from final
