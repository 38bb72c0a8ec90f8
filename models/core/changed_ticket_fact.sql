{{ config(meta={'plain_columns': ['ticket_id']}) }}

-- Looked up once, for all the models that read them. A full build reads core.fct_ticket itself.
with

tickets as (
    select * from {{ ref('fct_ticket') }}
),

final as (
    select *
    from tickets
    where {{ is_looked_up('ticket_id') }}
)

select * from final
