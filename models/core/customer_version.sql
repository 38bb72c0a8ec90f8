{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
    )
}}

with

-- Of several records of one party the one counts that the party is named after.
delivered as (
    select versions.*
    from {{ ref('customers_version') }} as versions
    where
        versions.customer_id not in (
            select links.source_customer_id
            from {{ source('meta', 'identity_link') }} as links
            where links.status = 'linked' and links.source_customer_id <> links.customer_id
        )
),

subscriptions as (
    select * from {{ ref('subscriptions') }}
),

invoices as (
    select * from {{ ref('invoices') }}
),

orders as (
    select * from {{ ref('orders') }}
),

known_versions as (
    select
        delivered.customer_id,
        delivered.valid_from,
        case when {{ is_past('delivered.valid_to') }} then delivered.valid_to end as valid_to,
        delivered.customer_type,
        delivered.segment,
        delivered.region,
        delivered.branch,
        delivered.acquisition_source,
        -- What the newest version says holds for the customer's whole history.
        last_value(coalesce(delivered.is_internal, false)) over newest_last as is_internal,
        -- A deletion without a time of its own was one when the customer was last seen alive.
        case
            when last_value(delivered.is_deleted) over newest_last
                then
                    coalesce(
                        last_value(delivered.updated_at) over newest_last,
                        max(
                            case
                                when not coalesce(delivered.is_deleted, false)
                                    then delivered.valid_to
                            end
                        ) over newest_last,
                        {{ as_of() }}
                    )
        end as deleted_at,
        delivered.load_id,
    from delivered
    where
        (delivered.valid_from is null or delivered.valid_from <= {{ as_of() }})
        and {{ is_changed('delivered.customer_id', ref('changed_customer')) }}
    window newest_last as (
        partition by delivered.customer_id
        order by delivered.valid_from nulls first
        rows between unbounded preceding and unbounded following
    )
),

referenced as (
    select subscriptions.customer_id, subscriptions.load_id from subscriptions
    union all
    select invoices.customer_id, invoices.load_id from invoices
    union all
    select orders.customer_id, orders.load_id from orders
),

inferred as (
    select
        referenced.customer_id,
        min(referenced.load_id) as load_id,
    from referenced
    where
        referenced.customer_id is not null
        and {{ is_changed('referenced.customer_id', ref('changed_customer')) }}
        and referenced.customer_id not in (select delivered.customer_id from delivered)
    group by referenced.customer_id
),

versions as (
    select
        known_versions.*,
        false as is_inferred,
    from known_versions
    union all
    select
        inferred.customer_id,
        null as valid_from,
        null as valid_to,
        null as customer_type,
        null as segment,
        null as region,
        null as branch,
        null as acquisition_source,
        false as is_internal,
        null as deleted_at,
        inferred.load_id,
        true as is_inferred,
    from inferred
),

final as (
    select
        versions.*,
        versions.valid_to is null as is_current,
        coalesce({{ first_midnight_from('versions.valid_from') }}, date '0001-01-01')
            as valid_from_on,
        coalesce({{ first_midnight_from('versions.valid_to') }}, date '9999-12-31')
            as valid_to_on,
    from versions
)

select * from final
