{#- Largest remainder: whole `units` of a document over its lines in proportion to `weight`, what is
    left going to the largest fractions, ties to the lowest line number (METRICS 7.1).
    `weighed` has document_id, line_no, units and weight, the last two as whole numbers. Without any
    weight the lowest line number takes everything. -#}
{% macro largest_remainder(weighed) -%}
    select
        ranked.document_id,
        ranked.line_no,
        ranked.floor_units
        + case when ranked.remainder_rank <= ranked.left_over then 1 else 0 end as share_units,
    from (
        select
            floored.*,
            floored.units
            - sum(floored.floor_units) over (partition by floored.document_id) as left_over,
            row_number() over (
                partition by floored.document_id
                order by
                    floored.dividend - floored.floor_units * floored.divisor desc nulls last,
                    floored.line_no asc nulls last
            ) as remainder_rank,
        from (
            select
                signed.*,
                case
                    when signed.divisor <> 0 then {{ floor_div('signed.dividend', 'signed.divisor') }}
                    when signed.line_no = signed.first_line_no then signed.units
                    else 0
                end as floor_units,
            from (
                select
                    totals.*,
                    totals.units * totals.weight * sign(totals.total_weight) as dividend,
                    abs(totals.total_weight) as divisor,
                from (
                    select
                        weighed.document_id,
                        weighed.line_no,
                        cast(weighed.units as hugeint) as units,
                        cast(weighed.weight as hugeint) as weight,
                        cast(
                            sum(weighed.weight) over (partition by weighed.document_id) as hugeint
                        ) as total_weight,
                        min(weighed.line_no) over (
                            partition by weighed.document_id
                        ) as first_line_no,
                    from {{ weighed }} as weighed
                ) as totals
            ) as signed
        ) as floored
    ) as ranked
{%- endmacro %}
