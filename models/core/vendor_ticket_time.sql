{{ config(materialized='view') }}
{%- set minutes = ref('zendesk_ticket_minute') -%}
{%- if execute and not delivered_relations([minutes]) %}
    select
        cast(null as varchar) as ticket_id,
        cast(null as varchar) as metric,
        cast(null as varchar) as clock,
        cast(null as bigint) as vendor_minutes,
        cast(null as timestamptz) as told_at
    where false
{%- else %}
    with

    told as (
        select
            *,
            max(load_id) over (partition by ticket_id) as newest_load_id
        from {{ minutes }}
    ),

    final as (
        select
            ticket_id,
            metric,
            clock,
            vendor_minutes,
            told_at
        from told
        where load_id = newest_load_id
    )

    select * from final
{%- endif %}
