{{ unfolding('subscription_pauses', 'stripe') }}
with states as (
    select *
    from {{ ref('unfolded_stripe__subscription_states') }}
),

final as (
    select
        states.subscription_id,
        states.valid_from as paused_from,
        states.valid_to as paused_to,
        states.load_id,
        states.row_no,
        states.file,
        states.loaded_at
    from states
    where states.status = 'paused' and {{ is_unfolded_now('states.load_id') }}
)

select *
from final
