with answer as (
    select *
    from {{ ref('hubspot_answer') }}
),

final as (
    select answer.*
    from answer
    qualify row_number() over (
        partition by answer.question_id, answer.version
        order by answer.load_id nulls last, answer.row_no nulls last
    ) = 1
)

select *
from final
