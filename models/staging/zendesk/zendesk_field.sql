with field as (
    select *
    from {{ objects(source('raw_zendesk', 'ticket_fields')) }}
),

final as (
    select
        field.id as field_no,
        coalesce(
            nullif({{ json_text('field.payload', 'key') }}, ''),
            lower(trim({{ json_text('field.payload', 'title') }}))
        ) as contract_name
    from field
    -- Zendesk's own fields have members of their own in a ticket.
    where
        {{ json_text('field.payload', 'removable') }} = 'true'
        and lower(trim({{ json_text('field.payload', 'title') }})) not in ('type', 'priority')
)

select *
from final
