-- depends_on: {{ ref('changed_ticket') }}
-- depends_on: {{ ref('changed_contact') }}
-- depends_on: {{ ref('changed_ticket_month') }}
-- depends_on: {{ ref('changed_ticket_fact') }}
-- depends_on: {{ ref('fct_ticket_turn') }}
-- depends_on: {{ ref('fct_contact') }}
-- depends_on: {{ ref('fct_sla_instance') }}
{% if is_full_build() %}

    select cast(null as integer) as month_no
    where false

{% else %}

    select month_no from {{ ref('changed_ticket_month') }}
    union
    (
        {{ months_of_service(
            ref('changed_ticket_fact'),
            ref('fct_ticket_turn'),
            ref('fct_contact'),
            ref('fct_sla_instance')
        ) }}
    )

{% endif %}
