{{ config(meta={'plain_columns': ['ticket_id']}) }}

-- Looked up once, for all the models that read them. A full build reads core.fct_ticket itself.
with

tickets as (
    select * from {{ ref('fct_ticket') }}
),

final as (
    select *
    from tickets
    where
        {% if is_full_build() %}
            false
        {% else %}
            ticket_id in (select ticket_id from {{ ref('changed_ticket') }})
        {% endif %}
)

select * from final
