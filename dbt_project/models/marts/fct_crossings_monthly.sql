-- The latest known figure of each measure, month and place, beside what was said first.
-- depends_on: {{ ref('dim_measure') }}
{{ config(post_hook=["{{ create_crossings_as_of() }}", "{{ create_sum_of() }}"]) }}

{{ crossings_known_on() }}
