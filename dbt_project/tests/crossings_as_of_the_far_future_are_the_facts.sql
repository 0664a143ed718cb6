-- One query stands behind both; if the table macro is missing or stale, this says so.
-- All columns are meant, whatever they are.
-- noqa: disable=AM04
-- depends_on: {{ ref('fct_crossings_monthly') }}
{% set facts = ref('fct_crossings_monthly') %}
{% set as_of = facts.include(identifier=false) ~ ".crossings_as_of(cast('9999-12-31' as date))" %}
(
    select * from {{ as_of }}
    except
    select * from {{ facts }}
)
union all
(
    select * from {{ facts }}
    except
    select * from {{ as_of }}
)
