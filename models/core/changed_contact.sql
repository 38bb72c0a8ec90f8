{% if is_full_build() %}

    select contact_id from {{ ref('contacts') }}

{% else %}

    with

    previous_contacts as (
        select * from {{ previous_state('fct_contact') }}
    ),

    final as (
        select contact_id
        from {{ ref('contacts') }}
        where
            {{ is_new_input('changed_load_id', 'started_at') }}
            -- Its ticket, delivered now, makes it part of a case.
            or ticket_id in (
                select ticket_id
                from {{ ref('tickets') }}
                where {{ is_new_input('changed_load_id', 'created_at') }}
            )
            or exists (
                select 1
                from {{ ref('agents_version') }}
                where {{ is_new_input('changed_load_id', 'valid_from') }}
            )
        union
        select contact_id
        from previous_contacts
        where
            person_id in (
                select person_id
                from {{ ref('people') }}
                where {{ is_new_input('changed_load_id') }}
            )
            or customer_id in (
                select customer_id
                from {{ ref('customers') }}
                where {{ is_new_input('changed_load_id') }}
            )
    )

    select contact_id from final

{% endif %}
