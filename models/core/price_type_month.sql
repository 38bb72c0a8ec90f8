with

price_months as (
    select * from {{ ref('price_month') }}
),

discount_types as (
    select types.discount_type
    from (
        values
        ('total'),
        ('negotiated'),
        ('price_lag'),
        ('line'),
        ('invoice'),
        ('credit'),
        ('free_period')
    ) as types (discount_type)
),

closed as (
    select price_months.*
    from price_months
    where {{ month_index('price_months.month') }} < {{ month_index_of(as_of()) }}
),

-- Target and realised stand on the row of the total, the split of the gap on the others.
typed as (
    select
        closed.month,
        closed.service,
        closed.plan,
        closed.segment,
        closed.sales_channel,
        discount_types.discount_type,
        case when discount_types.discount_type = 'total' then closed.target_eur end as target_eur,
        case when discount_types.discount_type = 'total' then closed.realised_eur end
            as realised_eur,
        case discount_types.discount_type
            when 'total' then closed.gap_eur
            when 'negotiated' then closed.negotiated_eur
            when 'price_lag' then closed.price_lag_eur
            when 'line' then closed.line_eur
            when 'invoice' then closed.invoice_eur
            when 'credit' then closed.credit_eur
            when 'free_period' then closed.free_period_eur
        end as gap_eur,
        case discount_types.discount_type
            when 'total' then closed.discount_eur
            when 'negotiated' then closed.negotiated_discount_eur
            when 'price_lag' then closed.price_lag_discount_eur
            when 'line' then closed.line_discount_eur
            when 'invoice' then closed.invoice_discount_eur
            when 'credit' then closed.credit_eur
            when 'free_period' then closed.free_period_eur
        end as discount_only_eur,
        case when discount_types.discount_type = 'total' then closed.payment_terms_eur end
            as payment_terms_eur,
        case when discount_types.discount_type = 'total' then closed.gap_entries_n end
            as gap_entries_n,
        case discount_types.discount_type
            when 'total' then closed.lines_n
            when 'negotiated' then closed.negotiated_n
            when 'price_lag' then closed.price_lag_n
            when 'line' then closed.line_n
            when 'invoice' then closed.invoice_n
            when 'credit' then closed.credit_n
            when 'free_period' then closed.free_period_n
        end as lines_n,
        case when discount_types.discount_type = 'total' then closed.discounted_lines_n end
            as discounted_lines_n,
        case when discount_types.discount_type = 'total' then closed.lines_without_target_n end
            as lines_without_target_n,
    from closed
    cross join discount_types
),

final as (
    select
        typed.month,
        typed.service,
        typed.plan,
        typed.segment,
        typed.sales_channel,
        typed.discount_type,
        typed.target_eur,
        typed.realised_eur,
        typed.gap_eur,
        typed.discount_only_eur,
        cast(typed.discount_only_eur - typed.gap_eur as decimal(18, 6)) as overprice_eur,
        typed.payment_terms_eur,
        typed.gap_entries_n,
        typed.lines_n,
        typed.discounted_lines_n,
        typed.lines_without_target_n,
    from typed
    where typed.discount_type = 'total' or typed.lines_n > 0
)

select * from final
