with

compared as (
    select * from {{ ref('ticket_reconciliation') }}
),

final as (
    select
        compared.metric,
        compared.clock,
        compared.reason,
        count(*) as tickets_n,
        count(compared.difference_s) as compared_n,
        cast(
            avg(case when compared.difference_s is not null then compared.our_s end)
            as decimal(18, 6)
        ) as our_mean_s,
        cast(
            avg(case when compared.difference_s is not null then 60 * compared.vendor_minutes end)
            as decimal(18, 6)
        ) as vendor_mean_s,
        {{ mart_lineage() }},
    from compared
    group by compared.metric, compared.clock, compared.reason
)

select * from final
