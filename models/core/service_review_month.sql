-- What reviews say of each category by itself (8.24), in every closed month that has reviews.
with

final as (
    select
        {{ month_index_of('reviewed_at') }} as month_no,
        category,
        sum(share) as score,
        count(*) as ratings_n
    from {{ ref('fct_qa_rating') }}
    where {{ month_index_of('reviewed_at') }} < {{ month_index_of(as_of()) }}
    group by {{ month_index_of('reviewed_at') }}, category
)

select * from final
