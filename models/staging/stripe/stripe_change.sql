{{ config(materialized='view') }}
select
    object_kind,
    object_id,
    extracted_at,
    max(changed_at) as changed_at
from {{ ref('stripe_event') }}
group by object_kind, object_id, extracted_at
