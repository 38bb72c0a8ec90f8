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
    where {{ local_midnight('invoices.issued_on') }} <= {{ as_of() }}
    group by invoices.source
)

select * from final
