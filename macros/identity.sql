{#- Records of several sources that are one customer (docs/decisions/identity.md). -#}

{#- What each customer is known by: business id, addresses of its people. Of each record the version
    that counts; rows that break their own contract are not believed. -#}
{% macro customer_keys(customers, people) -%}
    {{ config(materialized='table') }}
    {%- if execute %}
with customer as (
    {%- for relation in delivered_relations(customers) %}
    select
        source,
        customer_id,
        business_id,
        loaded_at
    from {{ relation }}
    where reasons is null
    qualify row_number() over (
        partition by customer_id
        order by updated_at desc nulls last, load_id desc nulls last, row_no desc nulls last
    ) = 1
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

person as (
    {%- for relation in delivered_relations(people) %}
    select
        source,
        customer_id,
        email,
        phone,
        is_deleted,
        loaded_at
    from {{ relation }}
    where reasons is null
    qualify row_number() over (
        partition by person_id
        order by updated_at desc nulls last, load_id desc nulls last, row_no desc nulls last
    ) = 1
    union all
    {%- endfor %}
    select
        cast(null as varchar) as source,
        cast(null as varchar) as customer_id,
        cast(null as varchar) as email,
        cast(null as varchar) as phone,
        false as is_deleted,
        cast(null as timestamptz) as loaded_at
),

said as (
    select
        customer.source,
        customer.customer_id,
        'business_id' as rule,
        {{ _business_id('customer.business_id') }} as value,
        customer.loaded_at
    from customer
    union all
    select
        customer.source,
        customer.customer_id,
        'email' as rule,
        person.email as value,
        person.loaded_at
    from person
    inner join customer
        on person.source = customer.source and person.customer_id = customer.customer_id
    where not coalesce(person.is_deleted, false)
    union all
    select
        customer.source,
        customer.customer_id,
        'phone' as rule,
        person.phone as value,
        person.loaded_at
    from person
    inner join customer
        on person.source = customer.source and person.customer_id = customer.customer_id
    where not coalesce(person.is_deleted, false)
),

final as (
    select
        said.source,
        said.customer_id,
        said.rule,
        said.value,
        min(said.loaded_at) as known_at
    from said
    where said.value is not null
    group by said.source, said.customer_id, said.rule, said.value
)

select *
from final
    {%- endif -%}
{%- endmacro %}

{#- FI01234567 and 0123456-7 are one. Letters that are part of a number stay. -#}
{% macro _business_id(text) -%}
    {%- set written = "upper(translate(" ~ text ~ ", ' -.', ''))" -%}
    nullif(
        case
            when regexp_matches({{ written }}, '^[A-Z]{2}[0-9]') then substr({{ written }}, 3)
            else {{ written }}
        end,
        ''
    )
{%- endmacro %}

{#- What canonical was built with so far, beside what it is built with now. -#}
{% macro keep_identities() -%}
    {%- if execute -%}
        create or replace table {{ this.schema }}.former_identity as
        {%- if load_cached_relation(this) is none or flags.FULL_REFRESH %}
        select
            cast(null as varchar) as source_customer_id,
            cast(null as varchar) as customer_id
        where false
        {%- else %}
        select
            source_customer_id,
            customer_id
        from {{ this }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- Columns of an entity that name a customer of any source. -#}
{% macro _customer_columns(entity) -%}
    {%- set names = [] -%}
    {%- for column in contract_columns(entity) -%}
        {%- if column.rules.get('references') == 'customers.customer_id' and entity != 'customers' -%}
            {%- do names.append(column.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{#- Whether any records are linked: only then are rows joined with who is who. -#}
{% macro _has_identities(identity) -%}
    {%- if load_cached_relation(identity) is none -%}
        {{ return(false) }}
    {%- endif -%}
    {{ return(run_query('select count(*) from ' ~ identity).columns[0].values()[0] > 0) }}
{%- endmacro %}

{#- Columns of a select list, those that name a customer with the id of the party. -#}
{% macro resolved_list(entity, columns, alias, identity) -%}
    {%- set resolved = _customer_columns(entity) if _has_identities(identity) else [] -%}
    {%- for name in columns -%}
        {%- if name in resolved -%}
            coalesce({{ name }}_party.customer_id, {{ alias }}.{{ name }}) as {{ name }}
        {%- else -%}
            {{ alias }}.{{ adapter.quote(name) }}
        {%- endif -%}
        {{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro join_parties(entity, alias, identity) -%}
    {%- if _has_identities(identity) -%}
        {%- for name in _customer_columns(entity) %}
    left join {{ identity }} as {{ name }}_party
        on {{ alias }}.{{ name }} = {{ name }}_party.source_customer_id
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{#- Ids whose party is another one than in the previous build, or nothing when there are none. -#}
{% macro moved_customers(identity) -%}
    {%- if load_cached_relation(identity) is not none -%}
        {%- set query -%}
            select coalesce(former.source_customer_id, present.source_customer_id) as customer_id
            from {{ identity.schema }}.former_identity as former
            full outer join {{ identity }} as present
                on former.source_customer_id = present.source_customer_id
            where former.customer_id is distinct from present.customer_id
        {%- endset -%}
        {%- if run_query('select count(*) from (' ~ query ~ ')').columns[0].values()[0] > 0 -%}
            {{ return(query) }}
        {%- endif -%}
    {%- endif -%}
    {{ return('') }}
{%- endmacro %}
