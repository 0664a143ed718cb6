-- What fct_revisions calls reclassified must not stand in a cell's count of revisions: the two tell the same story.
with told as (

    select cell_id, count(case when change_kind <> 'reclassified' then 1 end) as revisions
    from {{ ref('fct_revisions') }}
    where
        grain = 'detail'
        and (from_value is not null or from_missing_reason is not null)
    group by cell_id

)

select facts.cell_id, facts.revision_count, told.revisions
from {{ ref('fct_crossings_monthly_detail') }} as facts
inner join told
    on told.cell_id = facts.cell_id
where facts.revision_count <> told.revisions
