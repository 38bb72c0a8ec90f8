{% if is_full_build() %}

    select cast(null as integer) as month_no
    where false

{% else %}

    with

    tickets as (
        select *
        from {{ ref('fct_ticket') }}
        where ticket_id in (select ticket_id from {{ ref('changed_ticket') }})
    ),

    turns as (
        select *
        from {{ ref('fct_ticket_turn') }}
        where ticket_id in (select ticket_id from {{ ref('changed_ticket') }})
    ),

    {{ months_of_durations('tickets', 'turns') }}

    select month_no from {{ ref('changed_ticket_month') }}
    union
    select month_no from final

{% endif %}
