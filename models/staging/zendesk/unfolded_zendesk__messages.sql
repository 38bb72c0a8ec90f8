{{ unfolding('messages', 'zendesk') }}
with comment as (
    select
        *,
        cast(null as varchar) as former_author_type
    from {{ ref('zendesk_comment') }}
    where {{ is_unfolded_now('load_id') }}
    union all
    select
        comment_no,
        ticket_no,
        author_no,
        is_public,
        is_by_rule,
        sent_at,
        load_id,
        row_no,
        file,
        loaded_at,
        former_author_type
    from {{ ref('zendesk_comment_again') }}
    where {{ is_unfolded_now('load_id') }}
),

ticket as (
    select *
    from {{ objects(
        source('raw_zendesk', 'tickets'), 'select comment.ticket_no from comment', is_kept=true
    ) }}
),

agents as (
    select
        user_no,
        role,
        case
            when row_number() over (partition by user_no order by load_id nulls last) > 1
                then updated_at
        end as valid_from,
        lead(updated_at) over (partition by user_no order by load_id nulls last) as valid_to
    from {{ ref('unfolded_zendesk__agents') }}
),

authored as (
    select
        comment.*,
        case
            when comment.author_no = '-1' then 'system'
            when comment.author_no = {{ json_text('ticket.payload', 'requester_id') }}
                then 'customer'
            when agents.role = 'bot' then 'bot'
            when
                agents.user_no is not null
                or comment.author_no = {{ json_text('ticket.payload', 'assignee_id') }}
                then 'agent'
            else 'customer'
        end as author_type
    from comment
    left join ticket on comment.ticket_no = ticket.id
    left join agents
        on
            comment.author_no = agents.user_no
            and (agents.valid_from is null or comment.sent_at >= agents.valid_from)
            and (agents.valid_to is null or comment.sent_at < agents.valid_to)
),

final as (
    select
        {{ zendesk_id('authored.comment_no') }} as message_id,
        {{ zendesk_id('authored.ticket_no') }} as ticket_id,
        authored.author_type,
        case when authored.author_no <> '-1' then {{ zendesk_id('authored.author_no') }} end
            as author_id,
        authored.is_public,
        authored.is_by_rule or authored.author_type in ('bot', 'system') as is_automated,
        authored.sent_at,
        authored.comment_no,
        authored.ticket_no,
        authored.author_no,
        authored.is_by_rule,
        authored.load_id,
        authored.row_no,
        authored.file,
        authored.loaded_at
    from authored
    -- What is known to be as it was is not told again.
    where
        authored.former_author_type is null
        or authored.former_author_type <> authored.author_type
)

select *
from final
