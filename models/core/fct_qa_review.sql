with

-- A category that does not apply drops out with its weight; a failed critical one fails all (8.24).
reviews as (
    select
        review_id,
        max(reviewed_at) as reviewed_at,
        max(ticket_id) as ticket_id,
        max(agent_id) as agent_id,
        max(team) as team,
        bool_or(is_random_sample) as is_random_sample,
        max(load_id) as load_id,
        case
            when bool_or(is_critical and share < 0.5) then 0
            else cast(sum(share * weight) / nullif(sum(weight), 0) as decimal(18, 6))
        end as review_score
    from {{ ref('fct_qa_rating') }}
    group by review_id
),

final as (
    select
        reviews.review_id,
        reviews.reviewed_at,
        reviews.ticket_id,
        tickets.channel,
        reviews.agent_id,
        reviews.team,
        reviews.review_score,
        reviews.is_random_sample,
        reviews.load_id
    from reviews
    left join {{ ref('fct_ticket') }} as tickets on reviews.ticket_id = tickets.ticket_id
)

select * from final
