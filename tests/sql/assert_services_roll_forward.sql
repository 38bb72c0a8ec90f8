-- Who has a service at the closing had it at the opening or came, and opens the next month with it
-- (METRICS 11.5, 1, by R16).
with

parts as (
    select
        service_part_month.*,
        {{ month_index('service_part_month.month') }} as month_index,
    from {{ ref('service_part_month') }} as service_part_month
),

broken as (
    select
        parts.month,
        parts.dim_name,
        parts.dim_value,
    from parts
    left join parts as following
        on
            parts.month_index + 1 = following.month_index
            and parts.dim_name = following.dim_name
            and parts.dim_value = following.dim_value
    where
        parts.closing_n
        <> parts.opening_n + parts.new_n + parts.reactivated_n - parts.churned_n
        or parts.closing_n <> coalesce(following.opening_n, parts.closing_n)
        or parts.closing_mrr_eur
        <> parts.opening_mrr_eur
        + parts.new_eur
        + parts.reactivation_eur
        + parts.expansion_eur
        - parts.contraction_eur
        - parts.churn_eur
),

final as (
    select * from broken
    union all
    select
        null as month,
        'there is no service at all' as dim_name,
        null as dim_value,
    where not exists (select parts.month from parts)
)

select * from final
