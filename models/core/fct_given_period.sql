{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
    )
}}

{{ item_periods_in_paid_state('items.mrr = 0') }}
