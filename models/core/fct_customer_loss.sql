{{ config(materialized='view') }}

with

final as (
    select * from {{ ref('contractual_loss') }}
    union all
    select * from {{ ref('noncontractual_loss') }}
)

select * from final
