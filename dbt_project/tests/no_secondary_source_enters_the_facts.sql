-- Others quoting an agency stand beside the facts, marked, and never in them.
{% for model in [
    'fct_crossings_monthly', 'fct_crossings_monthly_detail', 'fct_crossings_monthly_vintages',
    'fct_crossings_monthly_detail_vintages', 'fct_published_totals', 'fct_revisions'
] %}
select '{{ model }}' as model, facts.source_id, facts.release_id
from {{ ref(model) }} as facts
inner join {{ ref('dim_source') }} as sources
    on sources.source_id = facts.source_id
where sources.is_secondary
{{ 'union all' if not loop.last }}
{% endfor %}
