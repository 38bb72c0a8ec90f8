with pipeline as (
    select *
    from {{ objects(source('raw_hubspot', 'deal_pipelines')) }}
),

stage as (
    select
        pipeline.id as pipeline_id,
        {{ each_json_item('pipeline.payload', 'stages') }}
    from pipeline
),

final as (
    select
        stage.pipeline_id,
        {{ json_text('stage.item', 'id') }} as stage_id,
        {{ json_text('stage.item', 'label') }} as label,
        case
            when {{ json_text('stage.item', 'metadata.isClosed') }} = 'true'
                then {{ json_decimal('stage.item', 'metadata.probability') }} = 1
        end as is_won
    from stage
)

select *
from final
