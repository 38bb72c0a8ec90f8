with

shares as (
    select * from {{ ref('credit_share') }}
),

lines as (
    select *
    from {{ ref('fct_billed_line') }} as billed_line
    where billed_line.invoice_id in (select shares.invoice_id from shares)
),

rates as (
    select * from {{ ref('dim_fx_rate') }}
),

customers as (
    select * from {{ ref('customer_version') }}
),

-- The original invoice's rate makes a full credit net to 0.00 (METRICS R5).
valued as (
    select
        shares.*,
        lines.customer_id,
        coalesce(lines.service, 'unknown') as service,
        coalesce(lines.plan, 'unknown') as plan,
        coalesce(lines.sales_channel, 'unknown') as sales_channel,
        coalesce(lines.has_target, true) as is_counted,
        case
            when shares.currency = lines.currency
                then shares.amount / nullif(lines.net_amount, 0)
        end as line_share,
        lines.tier_eur,
        lines.price_lag_eur,
        lines.negotiated_eur,
        lines.line_eur,
        lines.invoice_eur,
        lines.target_eur - lines.realised_eur as line_gap_eur,
        {{ to_eur(
            'shares.amount',
            'case when shares.currency = lines.currency then lines.units_per_eur '
            ~ 'else rates.units_per_eur end'
        ) }} as amount_eur,
        shares.reason in ('error', 'quantity') as is_reversal,
    from shares
    left join lines on shares.invoice_id = lines.invoice_id and shares.line_no = lines.line_no
    left join rates on shares.currency = rates.currency and shares.issued_on = rates.day
),

-- Errors together take back at most the whole line; what is credited beyond it makes no gap.
reversals as (
    select
        valued.*,
        case
            when valued.is_counted and valued.is_reversal
                then greatest(coalesce(valued.line_share, 0), 0)
        end as own_share,
    from valued
),

summed as (
    select
        reversals.*,
        sum(reversals.own_share) over (
            partition by reversals.invoice_id, reversals.line_no
            order by
                reversals.issued_on nulls last,
                reversals.document_type nulls last,
                reversals.document_id nulls last
            rows between unbounded preceding and current row
        ) as share_so_far,
    from reversals
),

measured as (
    select
        summed.*,
        least(summed.share_so_far - summed.own_share, 1) - least(summed.share_so_far, 1)
            as reversed_share,
    from summed
),

split as (
    select
        measured.*,
        cast(coalesce(measured.tier_eur * measured.reversed_share, 0) as decimal(18, 6))
            as reversed_tier_eur,
        cast(coalesce(measured.price_lag_eur * measured.reversed_share, 0) as decimal(18, 6))
            as reversed_price_lag_eur,
        cast(coalesce(measured.negotiated_eur * measured.reversed_share, 0) as decimal(18, 6))
            as reversed_negotiated_eur,
        cast(coalesce(measured.line_eur * measured.reversed_share, 0) as decimal(18, 6))
            as reversed_line_eur,
        cast(coalesce(measured.invoice_eur * measured.reversed_share, 0) as decimal(18, 6))
            as reversed_invoice_eur,
        case
            when measured.is_counted and not measured.is_reversal then measured.amount_eur
            else cast(0 as decimal(18, 6))
        end as credit_eur,
    from measured
),

final as (
    select
        split.document_type,
        split.document_id,
        split.invoice_id,
        split.line_no,
        split.customer_id,
        split.service,
        split.plan,
        split.sales_channel,
        coalesce(customers.segment, 'unknown') as segment,
        split.issued_on,
        split.reason,
        split.is_counted,
        split.amount_eur,
        case when split.is_counted then -split.amount_eur end as realised_eur,
        split.reversed_tier_eur as tier_eur,
        split.reversed_price_lag_eur as price_lag_eur,
        split.reversed_negotiated_eur as negotiated_eur,
        split.reversed_line_eur as line_eur,
        split.reversed_invoice_eur as invoice_eur,
        split.credit_eur,
        split.is_reversal and split.line_gap_eur < 0 as is_overprice_reversal,
        split.load_id,
    from split
    left join customers
        on
            split.customer_id = customers.customer_id
            and {{ is_valid_on('customers', 'split.issued_on') }}
)

select * from final
