with

losses as (
    select * from {{ ref('valued_loss') }}
    where basis = 'mrr'
),

answers as (
    select
        fct_survey_response.customer_id,
        fct_survey_response.response_id,
        fct_survey_response.submitted_at,
        fct_survey_response.bucket,
    from {{ ref('fct_survey_response') }} as fct_survey_response
    where
        fct_survey_response.instrument = 'nps'
        and fct_survey_response.measurement_level = 'relationship'
        and fct_survey_response.exclusion_reason is null
),

months as (
    select distinct customer_dimension_month.month
    from {{ ref('customer_dimension_month') }} as customer_dimension_month
),

buckets as (
    select
        names.bucket,
        names.dim_value,
    from (
        values (1, 'promoter'), (0, 'passive'), (-1, 'detractor'), (null, 'no_answer')
    ) as names (bucket, dim_value)
),

-- Whoever of a customer's people answered last; an answer on the day of the loss comes too late.
last_answers as (
    select
        losses.customer_id,
        losses.month,
        answers.bucket,
    from losses
    inner join answers
        on
            losses.customer_id = answers.customer_id
            and {{ local_date('answers.submitted_at') }} < losses.lost_on
    qualify
        row_number() over (
            partition by losses.customer_id, losses.month
            order by answers.submitted_at desc nulls last, answers.response_id desc nulls last
        ) = 1
),

cells as (
    select
        losses.month,
        last_answers.bucket,
        count(*) as churned_n,
        {{ sum_money('losses.churned_mrr_eur') }} as churned_mrr_eur,
        {{ sum_money('losses.churn_value_eur') }} as churn_value_eur,
        {{ sum_money('losses.churn_value_ltm_eur') }} as churn_value_ltm_eur,
        {{ sum_money('losses.churn_value_clv_eur') }} as churn_value_clv_eur,
        count(losses.churn_value_clv_eur) as churn_value_clv_n,
    from losses
    left join last_answers
        on losses.customer_id = last_answers.customer_id and losses.month = last_answers.month
    group by losses.month, last_answers.bucket
),

metrics as (
    select names.metric_id
    from (
        values
        ('churned_customers'),
        ('churned_mrr_eur'),
        ('churn_value_eur'),
        ('churn_value_ltm_eur'),
        ('churn_value_clv_eur')
    ) as names (metric_id)
),

-- The company's rows, also that of the running month, are metric_churn's.
valued as (
    select
        metrics.metric_id,
        'value' as statistic,
        'month' as period_grain,
        months.month as period_start,
        'last_nps_bucket' as dim_name,
        buckets.dim_value,
        true as is_mature,
        false as is_ratio,
        case metrics.metric_id
            when 'churned_customers' then coalesce(cells.churned_n, 0)
            when 'churned_mrr_eur' then coalesce(cells.churned_mrr_eur, 0)
            when 'churn_value_eur' then coalesce(cells.churn_value_eur, 0)
            when 'churn_value_ltm_eur' then coalesce(cells.churn_value_ltm_eur, 0)
            -- Of customers whose service has no margin the lifetime value is not known.
            when 'churn_value_clv_eur'
                then
                    case
                        when coalesce(cells.churn_value_clv_n = cells.churned_n, true)
                            then coalesce(cells.churn_value_clv_eur, 0)
                    end
        end as numerator,
        cast(null as decimal(18, 6)) as denominator,
        coalesce(cells.churned_n, 0) as n,
    from months
    cross join buckets
    cross join metrics
    left join cells
        on
            months.month = cells.month
            and coalesce(buckets.bucket, 9) = coalesce(cells.bucket, 9)
),

final as (
    {{ metric_rows('valued') }}
)

select * from final
