-- depends_on: {{ ref('changed_customer') }}
with

invoices as (
    select * from {{ ref('invoices') }}
),

final as (
    select
        invoices.source,
        min(invoices.issued_on) as issued_on,
    from invoices
    where {{ has_begun('invoices.issued_on') }}
    group by invoices.source
)

select * from final
