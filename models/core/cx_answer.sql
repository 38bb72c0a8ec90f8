{{ config(materialized='view') }}

with

answers as (
    select * from {{ ref('fct_survey_response') }}
    where
        exclusion_reason is null
        and instrument <> 'fcr'
        and month_no < {{ month_index_of(as_of()) }}
),

final as (
    select
        answers.response_id,
        answers.month_no,
        answers.measurement_level,
        answers.instrument,
        {{ unknown_if_null('answers.touchpoint') }} as touchpoint,
        {{ unknown_if_null('answers.unit') }} as unit,
        {{ unknown_if_null('answers.market') }} as market,
        {{ unknown_if_null('customers.segment') }} as segment,
        {{ unknown_if_null('answers.channel') }} as channel,
        answers.customer_id,
        answers.ticket_id,
        answers.scale_min,
        answers.scale_max,
        answers.score,
        answers.bucket
    from answers
    left join {{ ref('customer_version') }} as customers
        on
            answers.customer_id = customers.customer_id
            and {{ is_valid_at('customers', 'answers.submitted_at') }}
)

select * from final
