{# Written by `roxham new-source`, and by a build that finds it out of date; not by hand. The staging models that speak the
   observation contract: those that call `observation`. dbt must know them before it can look at its own project. #}
{% macro listed_observation_models() -%}
    {{ return([
        'stg_cbp_nationwide_encounters',
        'stg_cbp_southwest_dashboard',
        'stg_cbp_southwest_encounters',
        'stg_frontex_detections',
        'stg_irb_irregular_claims',
        'stg_ircc_asylum_claimants',
        'stg_ircc_rcmp_interceptions',
        'stg_ohss_khsm_usbp_encounters',
        'stg_ohss_monthly_tables',
        'stg_statcan_frontier_counts',
        'stg_uk_small_boats',
        'stg_uk_small_boats_page',
        'stg_usbp_apprehensions_page',
        'stg_usbp_sector_monthly',
    ]) }}
{%- endmacro %}
