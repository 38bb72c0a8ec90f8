{#- How HubSpot writes properties, times, links and what is gone. -#}

{#- A property of an object under the contract's name, or under the one that the company gave it. -#}
{% macro hubspot_property(document, name) -%}
    {%- set names = {} -%}
    {%- for pair in var('hubspot_properties').split(';') if '=' in pair -%}
        {%- set ours, theirs = pair.split('=') -%}
        {%- do names.update({ours.strip(): theirs.strip()}) -%}
    {%- endfor %}
    nullif({{ json_text(document, 'properties.' ~ names.get(name, name)) }}, '')
{%- endmacro %}

{#- A time as text: ISO 8601, and here and there ms since 1970. -#}
{% macro hubspot_instant(text) -%}
    coalesce(
        {{ instant_of_us('try_cast(' ~ text ~ ' as bigint) * 1000') }},
        try_cast({{ text }} as timestamptz)
    )
{%- endmacro %}

{#- A number of HubSpot's among those of other sources. -#}
{% macro hubspot_id(id) -%}
    'hubspot-' || {{ id }}
{%- endmacro %}

{#- When a version came to be. HubSpot does not tell when it forgot an object for good. -#}
{% macro _hubspot_changed_at(version) -%}
    case
        when {{ version }}.is_deleted
            then coalesce(
                {{ hubspot_instant(json_text(version ~ '.payload', 'archivedAt')) }},
                {{ version }}.extracted_at
            )
        else {{ hubspot_instant(json_text(version ~ '.payload', 'updatedAt')) }}
    end
{%- endmacro %}

{#- Every object of a stream as it is now, with what was last said of it, under the position of its
    newest version. An archived object is deleted and still has a payload. `ids` is a subquery. -#}
{% macro hubspot_objects(stream, ids=none) -%}
(
    select
        object.id,
        newest.load_id,
        newest.row_no,
        newest.extracted_at,
        newest.is_deleted,
        said.payload,
        object.changed_at
    from (
        select
            version.id,
            max(version.load_id) as load_id,
            max(case when version.payload is not null then version.load_id end) as said_load_id,
            max({{ _hubspot_changed_at('version') | indent(12) }}) as changed_at
        from {{ stream }} as version
        {%- if ids %}
        where version.id in ({{ ids }})
        {%- endif %}
        group by version.id
    ) as object
    inner join {{ stream }} as newest
        on object.id = newest.id and object.load_id = newest.load_id
    inner join {{ stream }} as said
        on object.id = said.id and object.said_load_id = said.load_id
)
{%- endmacro %}

{#- Every version of the objects of a stream, each with what was last said until then. -#}
{% macro hubspot_versions(stream, ids) -%}
(
    select
        version.id,
        version.load_id,
        version.row_no,
        version.extracted_at,
        version.is_deleted,
        {{ last_known('version.payload', 'version.id', 'version.load_id') | indent(8) }} as payload,
        -- Times of HubSpot and of readings are of two clocks.
        max({{ _hubspot_changed_at('version') | indent(8) }}) over (
            partition by version.id order by version.load_id nulls last
        ) as changed_at
    from {{ stream }} as version
    where version.id in ({{ ids }})
)
{%- endmacro %}

{#- What each object is linked to now, one row per link. -#}
{% macro hubspot_links(stream, ids=none) -%}
(
    select
        link.id as from_id,
        {{ json_text('link.item', 'toObjectId') }} as to_id,
        {{ json_has_text('link.item', 'associationTypes[*].label', 'Primary') }} as is_primary
    from (
        select
            object.id,
            {{ each_json_item('object.payload', 'to') | indent(12) }}
        from {{ objects(stream, ids) | indent(8) }} as object
    ) as link
)
{%- endmacro %}

{#- Of what each object is linked to, the one that is marked primary, else the only one. -#}
{% macro hubspot_main_link(stream, ids=none) -%}
(
    select
        linked.from_id,
        coalesce(
            min(case when linked.is_primary then linked.to_id end),
            case when count(*) = 1 then min(linked.to_id) end
        ) as to_id,
        count(*) as links_n
    from {{ hubspot_links(stream, ids) | indent(4) }} as linked
    group by linked.from_id
)
{%- endmacro %}

{#- Of what each object is linked to, the contact, with its position. -#}
{% macro hubspot_main_contact(stream) -%}
(
    select
        linked.from_id as id,
        contact.contact_id,
        contact.customer_id,
        contact.load_id,
        contact.row_no,
        contact.extracted_at
    from {{ hubspot_main_link(stream) | indent(4) }} as linked
    inner join {{ ref('hubspot_contact') }} as contact on linked.to_id = contact.contact_id
)
{%- endmacro %}

{#- The newest position of each object that this build unfolds, over all streams that have a part in
    it; `further` is SQL of positions that hang on others (id, load_id, row_no, extracted_at). -#}
{% macro hubspot_due(streams, further=none) -%}
(
    select
        part.id,
        max(part.load_id) as load_id,
        max_by(part.row_no, part.load_id) as row_no,
        max_by(part.extracted_at, part.load_id) as extracted_at
    from (
        {%- for stream in streams %}
        select
            id,
            load_id,
            row_no,
            extracted_at
        from {{ stream }}
        {{ 'union all' if not loop.last or further }}
        {%- endfor %}
        {%- if further %}
        {{ further }}
        {%- endif %}
    ) as part
    group by part.id
    having {{ is_unfolded_now('max(part.load_id)') }}
)
{%- endmacro %}

{#- The position of a row that shares its envelope with others. -#}
{% macro hubspot_shared_position(due, file) -%}
    {{ unfolded_position(
        due,
        file,
        'row_number() over (partition by ' ~ due ~ '.load_id, ' ~ due ~ '.row_no order by ' ~ due ~ '.id)'
    ) }}
{%- endmacro %}

{#- How often something is billed, as unit and number of units; nothing is once. -#}
{% macro hubspot_interval_unit(frequency) -%}
    case
        when {{ frequency }} is null then 'one_time'
        when {{ frequency }} in ('weekly', 'biweekly') then 'week'
        when {{ frequency }} in ('monthly', 'quarterly', 'per_six_months') then 'month'
        when {{ frequency }} = 'annually' or {{ frequency }} like 'per_%_years' then 'year'
        else {{ frequency }}
    end
{%- endmacro %}

{% macro hubspot_interval_count(frequency) -%}
    case {{ frequency }}
        when 'weekly' then 1
        when 'biweekly' then 2
        when 'monthly' then 1
        when 'quarterly' then 3
        when 'per_six_months' then 6
        when 'annually' then 1
        when 'per_two_years' then 2
        when 'per_three_years' then 3
        when 'per_four_years' then 4
        when 'per_five_years' then 5
    end
{%- endmacro %}

{#- What a survey measures; NULL for what is none of the contract's instruments. -#}
{% macro hubspot_instrument(document) -%}
    coalesce(
        {{ hubspot_property(document, 'instrument') }},
        case {{ json_text(document, 'properties.hs_survey_type') }}
            when 'NPS' then 'nps'
            when 'CSAT' then 'csat'
            when 'CES' then 'ces'
        end
    )
{%- endmacro %}
