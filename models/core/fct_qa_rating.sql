with

final as (
    select
        reviews.review_id,
        reviews.category,
        reviews.reviewed_at,
        reviews.ticket_id,
        reviews.agent_id,
        -- The reviewed agent's team at the review, where the review itself names none.
        coalesce(reviews.team, agents.team) as team,
        reviews.reviewer_id,
        cast(
            (reviews.score - reviews.scale_min)
            / nullif(reviews.scale_max - reviews.scale_min, 0) as decimal(18, 6)
        ) as share,
        coalesce(reviews.weight, 1) as weight,
        coalesce(reviews.is_critical, false) as is_critical,
        reviews.is_random_sample,
        reviews.load_id
    from {{ ref('qa_reviews') }} as reviews
    left join {{ ref('dim_agent') }} as agents
        on
            reviews.agent_id = agents.agent_id
            and {{ is_valid_at('agents', 'reviews.reviewed_at') }}
    where {{ is_past('reviews.reviewed_at') }}
)

select * from final
-- A category that does not apply has no rating, nor has one that was scored off its scale.
where share between 0 and 1
