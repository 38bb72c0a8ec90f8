with

price_months as (
    select * from {{ ref('price_month') }}
),

months as (
    select
        price_months.month,
        price_months.service,
        sum(price_months.target_eur) + sum(price_months.tier_eur) as list_eur,
        sum(price_months.tier_eur) as tier_eur,
        sum(price_months.price_lag_eur) as price_lag_eur,
        sum(price_months.negotiated_eur) as negotiated_eur,
        sum(price_months.line_eur) as line_eur,
        sum(price_months.invoice_eur) as invoice_eur,
        sum(price_months.free_period_eur) as free_period_eur,
        sum(price_months.credit_eur) as credit_eur,
        sum(price_months.payment_terms_eur) as payment_terms_eur,
        sum(price_months.realised_eur) - sum(price_months.payment_terms_eur) as pocket_eur,
        sum(price_months.lines_n) as lines_n,
        sum(price_months.lines_from_deals_n) as lines_from_deals_n,
        sum(price_months.lines_without_target_n) as lines_without_target_n,
    from price_months
    where {{ month_index('price_months.month') }} < {{ month_index_of(as_of()) }}
    group by price_months.month, price_months.service
),

steps as (
    select
        names.step_no,
        names.step,
    from (
        values
        (1, 'list'),
        (2, 'tier'),
        (3, 'price_lag'),
        (4, 'negotiated'),
        (5, 'line'),
        (6, 'invoice'),
        (7, 'free_period'),
        (8, 'credit'),
        (9, 'payment_terms'),
        (10, 'pocket')
    ) as names (step_no, step)
),

stepped as (
    select
        months.month,
        months.service,
        steps.step_no,
        steps.step,
        case steps.step
            when 'list' then months.list_eur
            when 'tier' then months.tier_eur
            when 'price_lag' then months.price_lag_eur
            when 'negotiated' then months.negotiated_eur
            when 'line' then months.line_eur
            when 'invoice' then months.invoice_eur
            when 'free_period' then months.free_period_eur
            when 'credit' then months.credit_eur
            when 'payment_terms' then months.payment_terms_eur
            when 'pocket' then months.pocket_eur
        end as amount_eur,
        months.lines_n,
        months.lines_from_deals_n,
        months.lines_without_target_n,
    from months
    cross join steps
),

-- What is left of the list price after each step; below pocket nothing more comes off.
final as (
    select
        stepped.month,
        stepped.service,
        stepped.step_no,
        stepped.step,
        cast(stepped.amount_eur as decimal(18, 6)) as amount_eur,
        cast(
            sum(
                case stepped.step
                    when 'list' then stepped.amount_eur
                    when 'pocket' then 0
                    else -stepped.amount_eur
                end
            ) over (
                partition by stepped.month, stepped.service
                order by stepped.step_no nulls last
                rows between unbounded preceding and current row
            ) as decimal(18, 6)
        ) as cumulative_eur,
        cast(stepped.lines_n as bigint) as lines_n,
        cast(stepped.lines_from_deals_n as bigint) as lines_from_deals_n,
        cast(stepped.lines_without_target_n as bigint) as lines_without_target_n,
    from stepped
)

select * from final
