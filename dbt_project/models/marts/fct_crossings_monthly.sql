-- The latest known figure of each measure, month and place, beside what was said first.
{{ config(post_hook="{{ create_crossings_as_of() }}") }}

{{ crossings_known_on() }}
