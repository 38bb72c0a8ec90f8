with

lines as (
    select * from {{ ref('fct_invoice_line') }}
),

credits as (
    select * from {{ ref('fct_credit') }}
),

payment_terms as (
    select * from {{ ref('fct_payment_term') }}
),

entries as (
    select
        lines.issued_on,
        lines.service,
        lines.plan,
        lines.segment,
        lines.sales_channel,
        lines.realised_eur,
        lines.tier_eur,
        lines.price_lag_eur,
        lines.negotiated_eur,
        lines.line_eur,
        lines.invoice_eur,
        cast(0 as decimal(18, 6)) as credit_eur,
        lines.free_period_eur,
        cast(0 as decimal(18, 6)) as payment_terms_eur,
        lines.target_eur - lines.realised_eur as gap_eur,
        greatest(lines.target_eur - lines.realised_eur, 0) as discount_eur,
        false as is_reversal,
        true as is_of_gap,
        case when lines.has_target then 1 else 0 end as line_n,
        case when lines.has_target then 0 else 1 end as line_without_target_n,
        case when lines.has_target and lines.list_source = 'crm_deal' then 1 else 0 end
            as line_from_deal_n,
    from lines
    union all
    select
        credits.issued_on,
        credits.service,
        credits.plan,
        credits.segment,
        credits.sales_channel,
        credits.realised_eur,
        credits.tier_eur,
        credits.price_lag_eur,
        credits.negotiated_eur,
        credits.line_eur,
        credits.invoice_eur,
        credits.credit_eur,
        0 as free_period_eur,
        0 as payment_terms_eur,
        credits.price_lag_eur
        + credits.negotiated_eur
        + credits.line_eur
        + credits.invoice_eur
        + credits.credit_eur as gap_eur,
        -- A credit is a discount, and what reverses a line takes its discount back.
        credits.credit_eur
        + least(
            credits.price_lag_eur
            + credits.negotiated_eur
            + credits.line_eur
            + credits.invoice_eur,
            0
        ) as discount_eur,
        credits.reason in ('error', 'quantity') as is_reversal,
        true as is_of_gap,
        0 as line_n,
        0 as line_without_target_n,
        0 as line_from_deal_n,
    from credits
    where credits.is_counted
    union all
    select
        payment_terms.settled_on as issued_on,
        payment_terms.service,
        payment_terms.plan,
        payment_terms.segment,
        payment_terms.sales_channel,
        0 as realised_eur,
        0 as tier_eur,
        0 as price_lag_eur,
        0 as negotiated_eur,
        0 as line_eur,
        0 as invoice_eur,
        0 as credit_eur,
        0 as free_period_eur,
        payment_terms.amount_eur as payment_terms_eur,
        0 as gap_eur,
        0 as discount_eur,
        false as is_reversal,
        false as is_of_gap,
        0 as line_n,
        0 as line_without_target_n,
        0 as line_from_deal_n,
    from payment_terms
),

final as (
    select
        {{ month_start(month_index('entries.issued_on')) }} as month,
        entries.service,
        entries.plan,
        entries.segment,
        entries.sales_channel,
        {{ sum_money('entries.realised_eur + entries.gap_eur') }} as target_eur,
        {{ sum_money('entries.realised_eur') }} as realised_eur,
        {{ sum_money('entries.gap_eur') }} as gap_eur,
        {{ sum_money('entries.tier_eur') }} as tier_eur,
        {{ sum_money('entries.price_lag_eur') }} as price_lag_eur,
        {{ sum_money('entries.negotiated_eur') }} as negotiated_eur,
        {{ sum_money('entries.line_eur') }} as line_eur,
        {{ sum_money('entries.invoice_eur') }} as invoice_eur,
        {{ sum_money('entries.credit_eur') }} as credit_eur,
        {{ sum_money('entries.free_period_eur') }} as free_period_eur,
        {{ sum_money('entries.payment_terms_eur') }} as payment_terms_eur,
        {{ sum_money('entries.discount_eur') }} as discount_eur,
        {{ sum_money(discount_part('entries.price_lag_eur', 'entries.is_reversal')) }}
            as price_lag_discount_eur,
        {{ sum_money(discount_part('entries.negotiated_eur', 'entries.is_reversal')) }}
            as negotiated_discount_eur,
        {{ sum_money(discount_part('entries.line_eur', 'entries.is_reversal')) }}
            as line_discount_eur,
        {{ sum_money(discount_part('entries.invoice_eur', 'entries.is_reversal')) }}
            as invoice_discount_eur,
        cast(sum(entries.line_n) as bigint) as lines_n,
        cast(sum(entries.line_without_target_n) as bigint) as lines_without_target_n,
        cast(sum(entries.line_from_deal_n) as bigint) as lines_from_deals_n,
        count(*) filter (where entries.is_of_gap) as gap_entries_n,
        count(*) filter (where entries.line_n = 1 and entries.gap_eur > 0) as discounted_lines_n,
        count(*) filter (where entries.price_lag_eur <> 0) as price_lag_n,
        count(*) filter (where entries.negotiated_eur <> 0) as negotiated_n,
        count(*) filter (where entries.line_eur <> 0) as line_n,
        count(*) filter (where entries.invoice_eur <> 0) as invoice_n,
        count(*) filter (where entries.credit_eur <> 0) as credit_n,
        count(*) filter (where entries.free_period_eur <> 0) as free_period_n,
    from entries
    group by
        {{ month_start(month_index('entries.issued_on')) }},
        entries.service,
        entries.plan,
        entries.segment,
        entries.sales_channel
)

select * from final
