-- A line counts in the gap, or among the lines without a target, or its invoice does not count.
with

delivered as (
    select
        lines.invoice_id,
        lines.line_no,
        invoices.status in ('open', 'paid', 'uncollectible')
        and {{ local_midnight('invoices.issued_on') }} <= {{ as_of() }} as is_counted,
    from {{ ref('invoice_lines') }} as lines
    left join {{ ref('invoices') }} as invoices on lines.invoice_id = invoices.invoice_id
),

facts as (
    select
        fct_invoice_line.invoice_id,
        fct_invoice_line.line_no,
        count(*) as rows_n,
    from {{ ref('fct_invoice_line') }} as fct_invoice_line
    where fct_invoice_line.line_type = 'billed'
    group by fct_invoice_line.invoice_id, fct_invoice_line.line_no
),

broken as (
    select
        coalesce(delivered.invoice_id, facts.invoice_id) as invoice_id,
        coalesce(delivered.line_no, facts.line_no) as line_no,
    from delivered
    full outer join facts
        on delivered.invoice_id = facts.invoice_id and delivered.line_no = facts.line_no
    where
        coalesce(facts.rows_n, 0)
        <> case when coalesce(delivered.is_counted, false) then 1 else 0 end
),

final as (
    select * from broken
    union all
    select
        'no line was delivered' as invoice_id,
        null as line_no,
    where not exists (select delivered.invoice_id from delivered where delivered.is_counted)
)

select * from final
