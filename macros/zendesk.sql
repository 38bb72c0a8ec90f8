{#- How Zendesk names things, and what the contract calls them. -#}

{#- Numbers of two vendors must not meet. -#}
{% macro zendesk_id(number) -%}
    'zendesk-' || {{ number }}
{%- endmacro %}

{#- ISO 8601, sometimes without its Z. -#}
{% macro zendesk_instant(document, path) -%}
    try_cast({{ json_text(document, path) }} as timestamptz)
{%- endmacro %}

{#- The contract's channel of what a record came by. -#}
{% macro zendesk_channel(via) -%}
    case
        when {{ via }} in ('email', 'mail') then 'email'
        when
            {{ via }} in (
                'web', 'web_form', 'web_widget', 'help_center', 'helpcenter', 'mobile', 'mobile_sdk',
                'closed_ticket', 'sample_ticket', 'logmein', 'get_satisfaction', 'topic'
            )
            then 'web'
        when {{ via }} in ('chat', 'chat_offline_message', 'native_messaging', 'messaging') then 'chat'
        when {{ via }} like 'voice%' or {{ via }} like 'phone%' or {{ via }} = 'voicemail' then 'phone'
        when
            {{ via }} like 'twitter%'
            or {{ via }} like 'facebook%'
            or {{ via }} like 'instagram%'
            or {{ via }} in (
                'whatsapp', 'line', 'wechat', 'viber', 'telegram', 'any_channel', 'apple_business_chat',
                'google_business_messages', 'google_rcs', 'kakaotalk', 'x_corp'
            )
            then 'social'
        when {{ via }} in ('api', 'web_service') then 'api'
        else 'other'
    end
{%- endmacro %}

{#- The same of the numbers that conditions name channels by; NULL for one that is not known. -#}
{% macro zendesk_channel_of_number(number) -%}
    case
        when {{ number }} in ('0', '17', '48', '49') then 'web'
        when {{ number }} = '4' then 'email'
        when {{ number }} = '5' then 'api'
        when {{ number }} in ('29', '75') then 'chat'
        when {{ number }} in ('30', '23', '26', '38', '41', '72', '73', '74', '78', '88') then 'social'
        when {{ number }} in ('33', '34', '35', '44', '45', '46') then 'phone'
    end
{%- endmacro %}

{#- What happened to tickets, in the loads that this build unfolds: the parts of events and audits,
    which tell the same in two ways. -#}
{% macro zendesk_acts() -%}
(
    select
        act.ticket_no,
        act.actor_no,
        act.via,
        act.acted_at,
        {{ json_text('act.item', 'id') }} as act_no,
        coalesce({{ json_text('act.item', 'event_type') }}, {{ json_text('act.item', 'type') }})
            as kind,
        act.item,
        act.item_no,
        act.stream,
        act.load_id,
        act.row_no,
        act.extracted_at
    from (
        select
            {{ json_text('event.payload', 'ticket_id') }} as ticket_no,
            {{ json_text('event.payload', 'updater_id') }} as actor_no,
            {{ json_text('event.payload', 'via') }} as via,
            {{ zendesk_instant('event.payload', 'created_at') }} as acted_at,
            'zendesk/ticket_events' as stream,
            event.load_id,
            event.row_no,
            event.extracted_at,
            {{ each_json_item('event.payload', 'child_events') }}
        from {{ source('raw_zendesk', 'ticket_events') }} as event
        where {{ is_unfolded_now('event.load_id') }}
        union all
        select
            {{ json_text('audit.payload', 'ticket_id') }} as ticket_no,
            {{ json_text('audit.payload', 'author_id') }} as actor_no,
            {{ json_text('audit.payload', 'via.channel') }} as via,
            {{ zendesk_instant('audit.payload', 'created_at') }} as acted_at,
            'zendesk/ticket_audits' as stream,
            audit.load_id,
            audit.row_no,
            audit.extracted_at,
            {{ each_json_item('audit.payload', 'events') }}
        from {{ source('raw_zendesk', 'ticket_audits') }} as audit
        where {{ is_unfolded_now('audit.load_id') }}
    ) as act
)
{%- endmacro %}

{#- The IANA name of a time zone that Zendesk names as Rails does, mostly by a city. What is neither
    stays as it is, and whoever reads the schedule says so. -#}
{% macro zendesk_time_zone(name) -%}
    {%- set cities = {
        'Africa': [
            'Casablanca', 'Monrovia', 'Cairo', 'Harare', 'Nairobi',
        ],
        'America': [
            'Tijuana', 'Chihuahua', 'Mazatlan', 'Mexico City', 'Monterrey', 'Bogota',
            'Lima', 'Caracas', 'La Paz', 'Santiago', 'Montevideo', 'Puerto Rico',
        ],
        'Asia': [
            'Jerusalem', 'Kuwait', 'Riyadh', 'Baghdad', 'Tehran', 'Muscat', 'Baku',
            'Tbilisi', 'Yerevan', 'Kabul', 'Karachi', 'Tashkent', 'Kolkata', 'Kathmandu',
            'Dhaka', 'Almaty', 'Novosibirsk', 'Rangoon', 'Bangkok', 'Jakarta',
            'Krasnoyarsk', 'Chongqing', 'Hong Kong', 'Urumqi', 'Kuala Lumpur', 'Singapore',
            'Taipei', 'Irkutsk', 'Ulaanbaatar', 'Seoul', 'Tokyo', 'Yakutsk', 'Vladivostok',
            'Magadan', 'Srednekolymsk', 'Kamchatka',
        ],
        'Atlantic': [
            'Azores',
        ],
        'Australia': [
            'Perth', 'Darwin', 'Adelaide', 'Melbourne', 'Sydney', 'Brisbane', 'Hobart',
        ],
        'Europe': [
            'Amsterdam', 'Athens', 'Belgrade', 'Berlin', 'Bratislava', 'Brussels',
            'Bucharest', 'Budapest', 'Copenhagen', 'Dublin', 'Helsinki', 'Istanbul',
            'Kaliningrad', 'Lisbon', 'Ljubljana', 'London', 'Madrid', 'Minsk', 'Moscow',
            'Paris', 'Prague', 'Riga', 'Rome', 'Samara', 'Sarajevo', 'Skopje', 'Sofia',
            'Stockholm', 'Tallinn', 'Vienna', 'Vilnius', 'Volgograd', 'Warsaw', 'Zagreb',
            'Zurich',
        ],
        'Pacific': [
            'Auckland', 'Fiji', 'Guam', 'Port Moresby',
        ],
    } -%}
    {%- set others = {
        'International Date Line West': 'Pacific/Midway',
        'Midway Island': 'Pacific/Midway',
        'American Samoa': 'Pacific/Pago_Pago',
        'Hawaii': 'Pacific/Honolulu',
        'Alaska': 'America/Juneau',
        'Pacific Time (US & Canada)': 'America/Los_Angeles',
        'Mountain Time (US & Canada)': 'America/Denver',
        'Arizona': 'America/Phoenix',
        'Central Time (US & Canada)': 'America/Chicago',
        'Saskatchewan': 'America/Regina',
        'Guadalajara': 'America/Mexico_City',
        'Central America': 'America/Guatemala',
        'Eastern Time (US & Canada)': 'America/New_York',
        'Indiana (East)': 'America/Indiana/Indianapolis',
        'Quito': 'America/Lima',
        'Atlantic Time (Canada)': 'America/Halifax',
        'Newfoundland': 'America/St_Johns',
        'Brasilia': 'America/Sao_Paulo',
        'Buenos Aires': 'America/Argentina/Buenos_Aires',
        'Georgetown': 'America/Guyana',
        'Greenland': 'America/Godthab',
        'Mid-Atlantic': 'Atlantic/South_Georgia',
        'Cape Verde Is.': 'Atlantic/Cape_Verde',
        'Edinburgh': 'Europe/London',
        'Bern': 'Europe/Zurich',
        'Kyiv': 'Europe/Kiev',
        'West Central Africa': 'Africa/Algiers',
        'Pretoria': 'Africa/Johannesburg',
        'St. Petersburg': 'Europe/Moscow',
        'Abu Dhabi': 'Asia/Muscat',
        'Ekaterinburg': 'Asia/Yekaterinburg',
        'Islamabad': 'Asia/Karachi',
        'Chennai': 'Asia/Kolkata',
        'Mumbai': 'Asia/Kolkata',
        'New Delhi': 'Asia/Kolkata',
        'Astana': 'Asia/Dhaka',
        'Sri Jayawardenepura': 'Asia/Colombo',
        'Hanoi': 'Asia/Bangkok',
        'Beijing': 'Asia/Shanghai',
        'Osaka': 'Asia/Tokyo',
        'Sapporo': 'Asia/Tokyo',
        'Canberra': 'Australia/Melbourne',
        'Solomon Is.': 'Pacific/Guadalcanal',
        'New Caledonia': 'Pacific/Noumea',
        'Marshall Is.': 'Pacific/Majuro',
        'Wellington': 'Pacific/Auckland',
        "Nuku'alofa": 'Pacific/Tongatapu',
        'Tokelau Is.': 'Pacific/Fakaofo',
        'Chatham Is.': 'Pacific/Chatham',
        'Samoa': 'Pacific/Apia',
        'UTC': 'UTC',
    } -%}
    case
        {%- for region, names in cities.items() %}
        when {{ name }} in ('{{ names | join("', '") }}')
            then '{{ region }}/' || replace({{ name }}, ' ', '_')
        {%- endfor %}
        {%- for other, iana in others.items() %}
        when {{ name }} = '{{ other | replace("'", "''") }}' then '{{ iana }}'
        {%- endfor %}
        else {{ name }}
    end
{%- endmacro %}

{#- Since when a version of an object holds: Zendesk's time, where it moved. -#}
{% macro zendesk_changed_at(version) -%}
    case
        when {{ version }}.version_no > 1 and not {{ version }}.updated_at > {{ version }}.former_updated_at
            then {{ version }}.extracted_at
        else coalesce({{ version }}.updated_at, {{ version }}.extracted_at)
    end
{%- endmacro %}

{#- A field that the company gave its organizations, by the contract's name. -#}
{% macro zendesk_field_of(document, name) -%}
    nullif({{ json_text(document, 'organization_fields.' ~ name) }}, '')
{%- endmacro %}

{#- Whose somebody is: the organization's, else nobody's but their own, where it is known who it is. -#}
{% macro zendesk_user_customer(user) -%}
    case
        when {{ user }}.organization_no is not null then {{ zendesk_id(user ~ '.organization_no') }}
        when {{ user }}.is_verified then {{ zendesk_id("'user-' || " ~ user ~ '.user_no') }}
    end
{%- endmacro %}

{#- Tickets of pending versions, and those of which pending events say that they were merged. -#}
{% macro touched_tickets(changes) -%}
    {{ touched_ids(source('raw_zendesk', 'tickets')) }}
    union
    select substr(change.ticket_id, 9) as id
    from {{ changes }} as change
    where change.field = 'merged_into' and {{ is_unfolded_now('change.load_id') }}
{%- endmacro %}

{#- The question that Zendesk asks about solved tickets. -#}
{% macro zendesk_question() -%}
    zendesk-csat
{%- endmacro %}

{% macro zendesk_weekdays() -%}
(
    {%- for name in ('sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat') %}
    select
        {{ loop.index0 }} as weekday_no,
        '{{ name }}' as name
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)
{%- endmacro %}

{#- Comments and changes of earlier builds as they were unfolded last. They stand in a model further
    down, or in the one that asks, which no ref can name; there are none before its first build, and
    in a full one. -#}
{% macro known_comments() -%}
    {{ _known('unfolded_zendesk__messages', 'comment_no', {
        'comment_no': 'varchar', 'ticket_no': 'varchar', 'author_no': 'varchar',
        'is_public': 'varchar', 'is_by_rule': 'boolean', 'sent_at': 'timestamptz',
        'author_type': 'varchar',
    }) }}
{%- endmacro %}

{% macro known_changes() -%}
    {{ _known('unfolded_zendesk__ticket_events', 'event_id', {
        'event_id': 'varchar', 'ticket_id': 'varchar', 'occurred_at': 'timestamptz',
        'field': 'varchar', 'from_value': 'varchar', 'to_value': 'varchar', 'actor_id': 'varchar',
        'actor_type': 'varchar',
    }) }}
{%- endmacro %}

{% macro _known(model_name, key, columns) -%}
    {%- set unfolded = adapter.get_relation(target.database, 'staging', model_name)
        if execute and not flags.FULL_REFRESH -%}
(
    {%- if unfolded %}
    select {{ columns | join(', ') }}
    from (
        select
            *,
            row_number() over (
                partition by {{ key }} order by load_id desc nulls last, row_no desc nulls last
            ) as age_no
        from {{ unfolded }}
        where not {{ is_pending('load_id') }}
    ) as told
    where told.age_no = 1
    {%- else %}
    select
        {%- for name, data_type in columns.items() %}
        cast(null as {{ data_type }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    where false
    {%- endif %}
)
{%- endmacro %}

{#- In a full build nothing was there before. -#}
{% macro is_unfolded_again(load_id) -%}
    {{ 'false' if flags.FULL_REFRESH else is_pending(load_id) }}
{%- endmacro %}

{#- Zendesk's own durations, and where they stand in a ticket. -#}
{% macro zendesk_ticket_metrics() -%}
    {%- set names = {
        'first_reply': 'reply_time',
        'first_resolution': 'first_resolution_time',
        'full_resolution': 'full_resolution_time',
        'requester_wait': 'requester_wait_time',
        'agent_wait': 'agent_wait_time',
        'on_hold': 'on_hold_time',
    } -%}
(
    {%- for metric, name in names.items() %}
    {%- set is_last = loop.last %}
    {%- for clock in ('calendar', 'business') %}
    select
        '{{ metric }}' as metric,
        '{{ clock }}' as clock,
        '$.metric_set.{{ name }}_in_minutes.{{ clock }}' as path
    {{ 'union all' if not (is_last and loop.last) }}
    {%- endfor %}
    {%- endfor %}
)
{%- endmacro %}
