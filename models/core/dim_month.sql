with

first_month as (
    select {{ month_index_of('min(valid_from)') }} as month_index
    from {{ ref('subscription_items') }}
    union all
    select {{ month_index('min(issued_on)') }} from {{ ref('invoices') }}
    union all
    select {{ month_index('min(issued_on)') }} from {{ ref('credit_note_lines') }}
    union all
    select {{ month_index_of('min(ordered_at)') }} from {{ ref('orders') }}
),

bounds as (
    select
        min(month_index) as first_month,
        {{ month_index_of(as_of()) }} as running_month,
    from first_month
),

months as (
    select
        {{ each_integer('bounds.first_month', 'bounds.running_month + 1') }} as month_index,
        bounds.running_month,
    from bounds
    where bounds.first_month is not null
),

final as (
    select
        months.month_index,
        {{ month_start('months.month_index') }} as month,
        {{ local_midnight(month_start('months.month_index')) }} as starts_at,
        {{ local_midnight(month_start('months.month_index + 1')) }} as ends_at,
        months.month_index < months.running_month as is_closed,
    from months
)

select * from final
