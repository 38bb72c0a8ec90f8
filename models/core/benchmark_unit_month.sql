with

strata as (
    select * from {{ ref('benchmark_stratum') }}
),

company_strata as (
    select
        metric_id,
        measurement_level,
        month_no,
        channel,
        topic,
        segment,
        sum(n) as n
    from strata
    group by metric_id, measurement_level, month_no, channel, topic, segment
),

company as (
    select
        metric_id,
        measurement_level,
        month_no,
        sum(met_n) / sum(n) as company_rate
    from strata
    group by metric_id, measurement_level, month_no
),

-- The unit's own rates under the company's mix, of the strata that the unit has cases in.
units as (
    select
        strata.metric_id,
        strata.measurement_level,
        strata.month_no,
        strata.unit,
        cast(sum(strata.n) as bigint) as n,
        cast(sum(strata.met_n) as bigint) as met_n,
        sum(company_strata.n * (strata.met_n / strata.n)) / sum(company_strata.n)
            as standardised_rate
    from strata
    inner join company_strata
        on
            strata.metric_id = company_strata.metric_id
            and strata.measurement_level = company_strata.measurement_level
            and strata.month_no = company_strata.month_no
            and strata.channel = company_strata.channel
            and strata.topic = company_strata.topic
            and strata.segment = company_strata.segment
    where strata.unit <> 'unknown'
    group by strata.metric_id, strata.measurement_level, strata.month_no, strata.unit
),

sized as (
    select
        *,
        n < {{ var('min_cell_n') }} as is_small,
        row_number() over (
            partition by metric_id, measurement_level, month_no, n < {{ var('min_cell_n') }}
            order by n asc nulls last, unit asc nulls last
        ) as size_rank
    from units
),

final as (
    select
        sized.metric_id,
        sized.measurement_level,
        sized.month_no,
        sized.unit,
        sized.n,
        sized.met_n,
        cast(sized.met_n / sized.n as decimal(18, 9)) as raw_rate,
        cast(company.company_rate as decimal(18, 9)) as company_rate,
        cast(sized.standardised_rate as decimal(18, 9)) as standardised_rate,
        cast(
            (sized.met_n + {{ var('shrink_prior_n') }} * company.company_rate)
            / (sized.n + {{ var('shrink_prior_n') }}) as decimal(18, 9)
        ) as shrunken_rate,
        sqrt(company.company_rate * (1 - company.company_rate) / sized.n) as standard_error,
        -- The other units add up to the company without it (R11).
        sized.is_small
        or (
            sized.size_rank = 1
            and count(*) filter (where sized.is_small) over (
                partition by sized.metric_id, sized.measurement_level, sized.month_no
            ) = 1
        ) as is_hidden
    from sized
    inner join company
        on
            sized.metric_id = company.metric_id
            and sized.measurement_level = company.measurement_level
            and sized.month_no = company.month_no
)

select * from final
