with

costs as (
    select * from {{ ref('costs') }}
),

rates as (
    select * from {{ ref('dim_fx_rate') }}
),

-- A month's costs are a document of its first day (R5).
final as (
    select
        costs.month,
        {{ month_index('costs.month') }} as month_no,
        costs.cost_type,
        costs.unit,
        costs.channel,
        cast(
            sum(
                case
                    when costs.currency = 'EUR' then costs.amount
                    else {{ to_eur('costs.amount', 'rates.units_per_eur') }}
                end
            ) as decimal(18, 6)
        ) as cost_eur,
        max(costs.load_id) as load_id
    from costs
    left join rates on costs.currency = rates.currency and costs.month = rates.day
    where {{ local_midnight('costs.month') }} <= {{ as_of() }}
    group by costs.month, costs.cost_type, costs.unit, costs.channel
)

select * from final
