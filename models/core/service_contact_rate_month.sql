-- Contacts per hundred customers: a mean of the month's opening and closing base (8.3). How many of
-- its customers a dimension of service could have met is not known, so it is all of them there; by
-- a dimension of customers it is those of its value, as they were when they got in touch.
with

volumes as (
    select * from {{ ref('service_measure_month') }}
    where metric_id = 'contact_volume_by_channel' and statistic = 'value'
),

bases as (
    select
        {{ month_index('month') }} as month_no,
        dim_name,
        dim_value,
        cast(opening_n + closing_n as decimal(18, 6)) / 2 as customers_n
    from {{ ref('customer_dimension_month') }}
),

contacts as (
    select
        {{ month_index_of('contacts.started_at') }} as month_no,
        {{ unknown_if_null('customers.segment') }} as segment,
        {{ unknown_if_null('customers.customer_type') }} as customer_type,
        {{ unknown_if_null('customers.region') }} as region,
        {{ unknown_if_null('customers.acquisition_source') }} as acquisition_source,
        count(*) as contacts_n
    from {{ ref('fct_contact') }} as contacts
    inner join {{ ref('dim_customer') }} as customers
        on
            contacts.customer_id = customers.customer_id
            and {{ is_valid_at('customers', 'contacts.started_at') }}
    where contacts.exclusion_reason is null
    group by all
),

by_customer as (
    select
        month_no,
        case
            when grouping(segment) = 0 then 'segment'
            when grouping(customer_type) = 0 then 'customer_type'
            when grouping(region) = 0 then 'region'
            else 'acquisition_source'
        end as dim_name,
        coalesce(segment, customer_type, region, acquisition_source) as dim_value,
        sum(contacts_n) as contacts_n
    from contacts
    group by
        grouping sets (
            (month_no, segment),
            (month_no, customer_type),
            (month_no, region),
            (month_no, acquisition_source)
        )
),

final as (
    select
        volumes.month_no,
        volumes.dim_name,
        volumes.dim_value,
        volumes.channel,
        volumes.team,
        volumes.topic,
        volumes.priority,
        volumes.numerator as contacts_n,
        coalesce(bases.customers_n, 0) as customers_n
    from volumes
    left join bases on volumes.month_no = bases.month_no and bases.dim_name = 'all'
    union all
    select
        bases.month_no,
        bases.dim_name,
        bases.dim_value,
        'all' as channel,
        'all' as team,
        'all' as topic,
        'all' as priority,
        coalesce(by_customer.contacts_n, 0) as contacts_n,
        bases.customers_n
    from bases
    left join by_customer
        on
            bases.month_no = by_customer.month_no
            and bases.dim_name = by_customer.dim_name
            and bases.dim_value = by_customer.dim_value
    where
        bases.dim_name <> 'all'
        and bases.month_no >= (select min(month_no) from volumes)
        and bases.month_no < {{ month_index_of(as_of()) }}
)

select * from final
