{{ unfolding('customers', 'stripe') }}
with version as (
    select *
    from {{ source('raw_stripe', 'customers') }}
    where id in ({{ touched_ids(source('raw_stripe', 'customers')) }})
),

first_version as (
    select
        id,
        min(load_id) as load_id
    from version
    group by id
),

event as (
    select *
    from {{ ref('stripe_change') }}
    where object_kind = 'customer'
),

dated as (
    select
        version.*,
        {{ last_known(
            'case when not version.is_deleted then version.payload end',
            'version.id',
            'version.load_id',
        ) }} as known,
        -- Times of events and of readings are of two clocks.
        max(coalesce(
            event.changed_at,
            case
                when version.load_id = first_version.load_id
                    then {{ stripe_instant('version.payload', 'created') }}
            end,
            version.extracted_at
        )) over (partition by version.id order by version.load_id nulls last) as changed_at
    from version
    inner join first_version on version.id = first_version.id
    left join event on version.id = event.object_id and version.extracted_at = event.extracted_at
),

final as (
    select
        dated.id as customer_id,
        {{ json_text('dated.known', 'name') }} as name,
        {{ stripe_metadata('dated.known', 'customer_type') }} as customer_type,
        {{ stripe_metadata('dated.known', 'segment') }} as segment,
        {{ stripe_metadata('dated.known', 'region') }} as region,
        {{ stripe_metadata('dated.known', 'branch') }} as branch,
        coalesce(
            {{ stripe_metadata('dated.known', 'country') }},
            {{ json_text('dated.known', 'address.country') }}
        ) as country,
        {{ stripe_metadata('dated.known', 'acquisition_source') }} as acquisition_source,
        {{ stripe_metadata('dated.known', 'referred_by_customer_id') }} as referred_by_customer_id,
        {{ stripe_metadata('dated.known', 'referral_program') }} as referral_program,
        {{ stripe_metadata('dated.known', 'business_id') }} as business_id,
        {{ stripe_metadata('dated.known', 'is_internal') }} as is_internal,
        {{ stripe_instant('dated.known', 'created') }} as created_at,
        dated.changed_at as updated_at,
        dated.is_deleted,
        {{ unfolded_position('dated', 'stripe/customers') }}
    from dated
    where {{ is_unfolded_now('dated.load_id') }}
)

select *
from final
