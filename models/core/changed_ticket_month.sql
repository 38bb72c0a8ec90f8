-- Read before the facts are made again, and so before them.
-- depends_on: {{ ref('changed_ticket') }}
-- depends_on: {{ ref('changed_contact') }}
{% if is_full_build() %}

    select cast(null as integer) as month_no
    where false

{% else %}

    {{ months_of_service(
        previous_state('fct_ticket'),
        previous_state('fct_ticket_turn'),
        previous_state('fct_contact'),
        previous_state('fct_sla_instance'),
        has_come=true
    ) }}

{% endif %}
