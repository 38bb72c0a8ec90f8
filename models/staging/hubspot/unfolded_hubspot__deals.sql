{{ unfolding('deals', 'hubspot') }}
{%- set deals = source('raw_hubspot', 'deals') -%}
{%- set companies = source('raw_hubspot', 'associations_deals_companies') -%}
{%- set contacts = source('raw_hubspot', 'associations_deals_contacts') %}
with buyer as (
    select *
    from {{ hubspot_main_contact(contacts) }}
),

due as (
    select *
    from {{ hubspot_due(
        [deals, companies, contacts],
        'select id, load_id, row_no, extracted_at from buyer',
    ) }}
),

deal as (
    select *
    from {{ hubspot_objects(deals, 'select due.id from due') }}
),

company as (
    select *
    from {{ hubspot_main_link(companies, 'select due.id from due') }}
),

final as (
    select
        {{ hubspot_id('due.id') }} as deal_id,
        case
            when company.from_id is null then buyer.customer_id
            else {{ hubspot_id('company.to_id') }}
        end as customer_id,
        {{ hubspot_id(hubspot_property('deal.payload', 'hubspot_owner_id')) }} as owner_id,
        owner.team,
        case
            when deal.is_deleted then 'deleted'
            else coalesce(stage.label, {{ hubspot_property('deal.payload', 'dealstage') }})
        end as stage,
        case
            when deal.is_deleted then false
            when stage.stage_id is not null then stage.is_won
            when {{ json_text('deal.payload', 'properties.hs_is_closed') }} = 'true'
                then {{ json_text('deal.payload', 'properties.hs_is_closed_won') }} = 'true'
        end as is_won,
        {{ hubspot_property('deal.payload', 'amount') }} as amount,
        coalesce(
            {{ hubspot_property('deal.payload', 'deal_currency_code') }},
            '{{ var("hubspot_currency") }}'
        ) as currency,
        {{ hubspot_instant(json_text('deal.payload', 'createdAt')) }} as created_at,
        case
            when
                deal.is_deleted
                or stage.is_won is not null
                or (
                    stage.stage_id is null
                    and {{ json_text('deal.payload', 'properties.hs_is_closed') }} = 'true'
                )
                then {{ hubspot_instant(hubspot_property('deal.payload', 'closedate')) }}
        end as closed_at,
        deal.changed_at as updated_at,
        {{ hubspot_shared_position('due', 'hubspot/deals') }}
    from due
    inner join deal on due.id = deal.id
    left join company on due.id = company.from_id
    left join buyer on due.id = buyer.id
    left join {{ ref('hubspot_owner') }} as owner
        on {{ json_text('deal.payload', 'properties.hubspot_owner_id') }} = owner.owner_id
    left join {{ ref('hubspot_stage') }} as stage
        on
            {{ json_text('deal.payload', 'properties.pipeline') }} = stage.pipeline_id
            and {{ json_text('deal.payload', 'properties.dealstage') }} = stage.stage_id
)

select *
from final
