with

versions as (
    select
        *,
        scale_max - scale_min + 1 as points_n,
        row_number() over (
            partition by question_id order by version desc nulls last
        ) = 1 as is_latest
    from {{ ref('survey_questions') }}
),

named as (
    select
        *,
        -- Employees are asked with the customers' instrument; the company says which questions.
        case
            when
                instrument = 'nps'
                and position(';' || question_id || ';' in ';{{ var("enps_questions") }};') > 0
                then 'enps'
            else instrument
        end as asked
    from versions
),

-- Which scores count as good and as bad. Only scales that METRICS names; none is converted.
final as (
    select
        question_id,
        version,
        asked as instrument,
        scale_min,
        scale_max,
        polarity,
        language,
        is_latest,
        case
            when asked in ('nps', 'enps') and scale_min in (0, 1) and scale_max = 10 then 9
            when asked = 'csat' and points_n = 2 then scale_min + 1
            when asked = 'csat' and points_n in (3, 4) then scale_min + 2
            when asked = 'csat' and points_n = 5 then scale_min + 3
            when asked = 'csat' and points_n = 7 then scale_min + 5
            when asked = 'csat' and points_n = 10 then scale_min + 8
            when asked = 'ces' and scale_min = 1 and scale_max = 7 and polarity = 'ease' then 5
            when asked = 'expectation' and scale_min = 1 and scale_max = 5 then 3
            when asked = 'fcr' then scale_max
        end as good_from_score,
        case
            when asked in ('nps', 'enps') then 6
            when asked = 'csat' and points_n in (2, 3) then scale_min
            when asked = 'csat' and points_n in (4, 5) then scale_min + 1
            when asked = 'csat' and points_n = 7 then scale_min + 2
            when asked = 'csat' and points_n = 10 then scale_min + 5
            when asked = 'ces' then 3
            when asked = 'expectation' then 2
            when asked = 'fcr' then scale_min
        end as bad_to_score,
        load_id
    from named
)

select * from final
