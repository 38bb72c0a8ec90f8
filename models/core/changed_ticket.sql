{{ config(meta={'plain_columns': ['ticket_id']}) }}

{% if is_full_build() %}

    select ticket_id from {{ ref('tickets') }}

{% else %}

    with

    previous_contacts as (
        select * from {{ previous_state('fct_contact') }}
    ),

    changed_contacts as (
        select
            contact_id,
            ticket_id,
            customer_id,
            person_id,
            started_at
        from {{ ref('contacts') }}
        where contact_id in (select contact_id from {{ ref('changed_contact') }})
    ),

    previous_obligations as (
        select * from {{ previous_state('fct_sla_instance') }}
    ),

    -- A new version of a team, an agent or a policy can move any ticket's clock or credit.
    is_everything_changed as (
        select exists(
            select 1
            from {{ ref('sla_policies') }}
            where {{ is_new_input('changed_load_id', 'valid_from') }}
            union all
            select 1
            from {{ ref('agents_version') }}
            where {{ is_new_input('changed_load_id', 'valid_from') }}
            union all
            select 1
            from {{ ref('teams') }}
            where {{ is_new_input('changed_load_id', 'valid_from') }}
        ) as is_true
    ),

    touched as (
        {{ tickets_of_new_rows(ref('tickets'), ['created_at', 'solved_at', 'first_assigned_at']) }}
        union all
        {{ tickets_of_new_rows(ref('ticket_events'), ['occurred_at']) }}
        union all
        {{ tickets_of_new_rows(ref('messages'), ['sent_at']) }}
        union all
        select ticket_id
        from {{ ref('tickets') }}
        where (select is_true from is_everything_changed)
        union all
        {{ former_tickets(
            ref('ticket_events'),
            [ref('stg_files__ticket_events'), ref('stg_zendesk__ticket_events')],
            'event_id',
        ) }}
        union all
        {{ former_tickets(
            ref('messages'),
            [ref('stg_files__messages'), ref('stg_zendesk__messages')],
            'message_id',
        ) }}
        union all
        select ticket_id
        from changed_contacts
        where ticket_id is not null
        union all
        select previous_contacts.ticket_id
        from previous_contacts
        inner join changed_contacts on previous_contacts.contact_id = changed_contacts.contact_id
        where previous_contacts.ticket_id is not null
        union all
        -- Its deadline lay beyond the calendar of the previous build.
        select ticket_id
        from previous_obligations
        where deadline_at is null and not is_paused
        union all
        select ticket_id
        from {{ previous_state('fct_ticket') }}
        where
        -- The waiting time of an FCR verdict ended since the previous build.
            fcr_matures_at > {{ previous_as_of() }}
            or person_id in (
                select person_id
                from {{ ref('people') }}
                where {{ is_new_input('changed_load_id') }}
            )
            or customer_id in (
                select customer_id
                from {{ ref('customers') }}
                where {{ is_new_input('changed_load_id') }}
            )
    ),

    -- Merged tickets change their survivor, now or as they stood before.
    merge_links as (
        select
            ticket_id,
            survivor_ticket_id
        from {{ ref('fct_ticket_merge') }}
        union
        select
            ticket_id,
            survivor_ticket_id
        from {{ previous_state('fct_ticket') }}
        where survivor_ticket_id is not null
    ),

    touched_survivors as (
        select survivor_ticket_id
        from merge_links
        where ticket_id in (select ticket_id from touched)
        union
        select ticket_id as survivor_ticket_id
        from touched
    ),

    merge_relatives as (
        select ticket_id
        from merge_links
        where survivor_ticket_id in (select survivor_ticket_id from touched_survivors)
        union
        select survivor_ticket_id as ticket_id
        from touched_survivors
    ),

    -- A request of a customer, as it was or as it is now, decides on the FCR of the tickets that
    -- were solved in the days before it.
    touched_requests as (
        select
            previous_tickets.customer_id,
            previous_tickets.created_at as requested_at
        from {{ previous_state('fct_ticket') }} as previous_tickets
        inner join merge_relatives on previous_tickets.ticket_id = merge_relatives.ticket_id
        union all
        select
            coalesce(tickets.customer_id, people.customer_id) as customer_id,
            least(tickets.created_at, merge_groups.earliest_created_at) as requested_at
        from {{ ref('tickets') }} as tickets
        inner join merge_relatives on tickets.ticket_id = merge_relatives.ticket_id
        left join {{ ref('fct_ticket_merge') }} as merge_groups
            on tickets.ticket_id = merge_groups.ticket_id
        left join {{ ref('people') }} as people on tickets.person_id = people.person_id
        union all
        select
            previous_contacts.customer_id,
            previous_contacts.started_at as requested_at
        from previous_contacts
        inner join changed_contacts on previous_contacts.contact_id = changed_contacts.contact_id
        union all
        select
            coalesce(changed_contacts.customer_id, people.customer_id) as customer_id,
            changed_contacts.started_at as requested_at
        from changed_contacts
        left join {{ ref('people') }} as people on changed_contacts.person_id = people.person_id
    ),

    final as (
        select ticket_id
        from merge_relatives
        union
        select previous_tickets.ticket_id
        from {{ previous_state('fct_ticket') }} as previous_tickets
        inner join touched_requests
            on
                previous_tickets.customer_id = touched_requests.customer_id
                and touched_requests.requested_at >= previous_tickets.first_solved_at
                and touched_requests.requested_at
                <= {{ add_seconds(
                    'greatest(previous_tickets.first_solved_at, previous_tickets.created_at)',
                    var('fcr_window_days') ~ ' * 86400'
                ) }}
    )

    select ticket_id from final

{% endif %}
