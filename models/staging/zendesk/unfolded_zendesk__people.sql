{{ unfolding('people', 'zendesk') }}
with seen as (
    select *
    from {{ ref('zendesk_user_seen') }}
    where age_no = 1 and was_end_user
),

final as (
    select
        {{ zendesk_id('seen.user_no') }} as person_id,
        {{ zendesk_user_customer('seen') }} as customer_id,
        -- Who merely says to be somebody is not that somebody.
        case when seen.is_verified then seen.email end as email,
        case when seen.is_verified then seen.phone end as phone,
        seen.language,
        seen.can_be_surveyed,
        seen.changed_at as updated_at,
        seen.is_deleted,
        {{ unfolded_position('seen', 'zendesk/users') }}
    from seen
    where {{ is_unfolded_now('seen.load_id') }}
)

select *
from final
