-- Reviews count for the reviewed agent's team at the review, where the review itself names none.
with

reviews as (
    select
        {{ month_index_of('reviews.reviewed_at') }} as month_no,
        tickets.channel,
        coalesce(reviews.team, agents.team) as team,
        tickets.topic,
        tickets.priority,
        count(reviews.review_score) as reviews_n,
        coalesce(sum(reviews.review_score), 0) as score,
        count(reviews.is_random_sample) as sampled_n,
        count(*) filter (where reviews.is_random_sample) as random_n
    from {{ ref('fct_qa_review') }} as reviews
    left join {{ ref('fct_ticket') }} as tickets on reviews.ticket_id = tickets.ticket_id
    left join {{ ref('dim_agent') }} as agents
        on
            reviews.agent_id = agents.agent_id
            and {{ is_valid_at('agents', 'reviews.reviewed_at') }}
    group by all
),

final as (
    {{ service_parts('iqs', 'score', 'reviews_n', 'reviews') }}
    union all
    -- Reviews that somebody picked by hand are no picture of the whole (8.24).
    {{ service_parts('iqs', 'random_n', 'sampled_n', 'reviews', 'random_sample_share') }}
)

select * from final
