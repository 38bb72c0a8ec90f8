-- What reviews say, and how far what they say reaches (8.24).
with

reviews as (
    select
        {{ month_index_of('reviews.reviewed_at') }} as month_no,
        tickets.channel,
        reviews.team,
        tickets.topic,
        tickets.priority,
        count(reviews.review_score) as reviews_n,
        coalesce(sum(reviews.review_score), 0) as score,
        count(reviews.is_random_sample) as sampled_n,
        count(*) filter (where reviews.is_random_sample) as random_n
    from {{ ref('fct_qa_review') }} as reviews
    left join {{ ref('fct_ticket') }} as tickets on reviews.ticket_id = tickets.ticket_id
    group by all
),

-- Tickets that somebody read, beside those that were solved in the month; a ticket read twice in it
-- is one.
read_tickets as (
    select distinct
        ticket_id,
        {{ month_index_of('reviewed_at') }} as month_no
    from {{ ref('fct_qa_review') }}
),

reach as (
    select
        read_tickets.month_no,
        tickets.channel,
        tickets.team_at_last_solve as team,
        tickets.topic,
        tickets.priority,
        count(*) as read_n,
        0 as solved_n
    from read_tickets
    inner join {{ ref('fct_ticket') }} as tickets on read_tickets.ticket_id = tickets.ticket_id
    where tickets.exclusion_reason is null
    group by all
    union all
    select
        month_no,
        channel,
        team,
        topic,
        priority,
        0 as read_n,
        numerator as solved_n
    from {{ ref('service_ticket_measure') }}
    where
        metric_id = 'clearance_rate'
        and numerator > 0
        -- Where nobody ever reads, nobody knows.
        and exists (select 1 from read_tickets)
),

-- What two colleagues scored of one ticket, in the month and team of the later look at it.
double_scored as (
    select
        ratings.ticket_id,
        {{ month_index_of('max(ratings.reviewed_at)') }} as month_no,
        max_by(
            coalesce(ratings.team, ''),
            {{ log_position('ratings.reviewed_at', 'ratings.review_id') }}
        ) as team,
        min(ratings.share) = max(ratings.share) as is_alike
    from {{ ref('fct_qa_rating') }} as ratings
    where ratings.ticket_id is not null and ratings.reviewer_id is not null
    group by ratings.ticket_id, ratings.category
    having count(distinct ratings.reviewer_id) > 1
),

agreements as (
    select
        double_scored.month_no,
        tickets.channel,
        nullif(double_scored.team, '') as team,
        tickets.topic,
        tickets.priority,
        count(*) as scored_n,
        count(*) filter (where double_scored.is_alike) as alike_n
    from double_scored
    left join {{ ref('fct_ticket') }} as tickets on double_scored.ticket_id = tickets.ticket_id
    group by all
),

final as (
    {{ service_parts('iqs', 'score', 'reviews_n', 'reviews') }}
    union all
    -- Reviews that somebody picked by hand are no picture of the whole.
    {{ service_parts('iqs', 'random_n', 'sampled_n', 'reviews', 'random_sample_share') }}
    union all
    {{ service_parts('iqs', 'read_n', 'solved_n', 'reach', 'reviewed_share') }}
    union all
    {{ service_parts('iqs', 'alike_n', 'scored_n', 'agreements', 'reviewer_agreement') }}
)

select * from final
