with

uses as (
    select * from {{ ref('use_month') }}
),

engagements as (
    select * from {{ ref('engagement_month') }}
),

figures as (
    select
        'mau' as metric_id,
        'value' as statistic,
        true as is_of_persons,
        month_no,
        dim_name,
        dim_value,
        users_n as numerator,
        null as denominator,
        users_n as value,
        users_n as n
    from uses
    union all
    select
        'mau' as metric_id,
        'active_accounts' as statistic,
        true as is_of_persons,
        month_no,
        dim_name,
        dim_value,
        accounts_n as numerator,
        null as denominator,
        accounts_n as value,
        users_n as n
    from uses
    union all
    -- Mean daily users over all days of the month, also the quiet ones.
    select
        'dau_mau' as metric_id,
        'value' as statistic,
        true as is_of_persons,
        month_no,
        dim_name,
        dim_value,
        user_days_n / days_n as numerator,
        users_n as denominator,
        user_days_n / (days_n * users_n) as value,
        users_n as n
    from uses
    union all
    select
        'customer_engagement' as metric_id,
        'value' as statistic,
        false as is_of_persons,
        month_no,
        dim_name,
        dim_value,
        interactions_n as numerator,
        customers_n as denominator,
        interactions_n / customers_n as value,
        customers_n as n
    from engagements
    union all
    select
        'customer_engagement' as metric_id,
        'median' as statistic,
        false as is_of_persons,
        month_no,
        dim_name,
        dim_value,
        null as numerator,
        null as denominator,
        median_interactions as value,
        customers_n as n
    from engagements
    where dim_name <> 'interaction_type'
    union all
    select
        'customer_engagement' as metric_id,
        'engaged_share' as statistic,
        false as is_of_persons,
        month_no,
        dim_name,
        dim_value,
        engaged_n as numerator,
        customers_n as denominator,
        engaged_n / customers_n as value,
        customers_n as n
    from engagements
    where dim_name <> 'interaction_type'
),

final as (
    {{ monthly_figures(
        'figures',
        zero_if_silent=['mau'],
        status="case when is_of_persons and n > 0 then " ~ small_sample_status('n')
        ~ " else 'ok' end",
    ) }}
)

select * from final
