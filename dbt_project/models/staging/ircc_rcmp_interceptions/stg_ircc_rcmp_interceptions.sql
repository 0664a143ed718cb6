-- The nine tables of IRCC's year pages: one row per printed row and month of the page's year, and one per printed year
-- total.
-- The French page is a twin of the English one, edited at other times; where the English one is held, it alone speaks.
with pages as (

    select
        *,
        min(language) over (partition by page_year) as speaking_language
    from {{ source('ircc_rcmp_interceptions', 'ircc_rcmp_interceptions__cells') }}

),

cells as (

    select
        cast(pages.page_year as integer) as page_year,
        pages.caption,
        pages.row_label,
        table_name.value as table_name,
        case when table_name.value = 'cbsa_summary' then 'CA' else place.value end as geography_id,
        case when table_name.value = 'cbsa_summary' then office.value end as office,
        month.value as month_name,
        pages.printed,
        {{ lineage('pages') }}
    from pages
    {{ meanings('ircc_rcmp_interceptions', {
        'table as table_name': 'pages.caption',
        'place': 'pages.row_label',
        'office': 'pages.row_label',
        'month': 'pages.column_label',
    }) }}
    where pages.language = pages.speaking_language

),

printed_rows as (

    select distinct page_year, caption, row_label, table_name, geography_id, office, release_id, sha256
    from cells

),

months as (

    select generated_number as month_number
    from ({{ dbt.generate_series(12) }}) as numbers

),

-- A page of a year implies the twelve months of each row that it prints; a column that is not there yet has no cell.
monthly as (

    select
        printed_rows.*,
        {{ first_of_month('printed_rows.page_year', 'months.month_number') }} as month,
        cells.printed,
        cells.locator is not null as is_printed,
        coalesce(
            cells.locator,
            'table "' || printed_rows.caption || '" · row "' || printed_rows.row_label
            || '" · no column for the month'
        ) as locator
    from printed_rows
    cross join months
    left join cells
        on cells.release_id = printed_rows.release_id
        and cells.sha256 = printed_rows.sha256
        and cells.caption = printed_rows.caption
        and cells.row_label = printed_rows.row_label
        and cells.month_name = cast(months.month_number as {{ dbt.type_string() }})

),

year_totals as (

    select
        page_year, caption, row_label, table_name, geography_id, office, release_id, sha256,
        cast(null as date) as month,
        printed,
        true as is_printed,
        locator
    from cells
    where month_name = 'total'

),

monthly_and_yearly as (

    select * from monthly
    union all
    select * from year_totals

),

read as (

    select
        cells_and_totals.*,
        cells_and_totals.month > releases.known_on as is_to_come,
        {{ printed_count('cells_and_totals.printed') }} as counted
    from monthly_and_yearly as cells_and_totals
    inner join {{ ref('stg_roxham__releases') }} as releases
        on releases.release_id = cells_and_totals.release_id

),

-- A zero or a mask under a month that had not begun when the page was published counts nobody: it is still to come.
judged as (

    select
        *,
        case when is_to_come and counted = 0 then null else counted end as value
    from read

)

select
    {{ observation({
        'source_id': "'ircc_rcmp_interceptions'",
        'measure_id': "case table_name
        when 'rcmp_interceptions' then 'ca_rcmp_interceptions'
        when 'cbsa_air' then 'ca_cbsa_claimants_air'
        when 'cbsa_land' then 'ca_cbsa_claimants_land'
        when 'cbsa_marine' then 'ca_cbsa_claimants_marine'
        when 'cbsa_ports_of_entry' then 'ca_cbsa_claimants_ports_of_entry'
        when 'cbsa_inland' then 'ca_cbsa_claimants_inland'
        when 'cbsa_summary' then 'ca_cbsa_claimants'
        when 'ircc_offices' then 'ca_ircc_claimants'
        when 'all_claimants' then 'ca_asylum_claimants'
    end",
        'cut': "'page'",
        'window_rolls': 'false',
        'is_exhaustive': 'false',
        'grain': "case
        when month is null then 'period_total'
        when coalesce(office, 'all') = 'all' then 'total'
        else 'detail'
    end",
        'period': 'page_year',
        'period_kind': "case when month is null then 'year' end",
        'period_start': "case when month is null then " ~ first_of_month('page_year', "'1'") ~ " end",
        'office': "case when (office is distinct from 'all') then office end",
        'adds_to_country': "case
        when (geography_id is distinct from 'CA') then 'CA'
        when office in ('air', 'land', 'marine', 'inland') then 'CA'
    end",
        'missing_reason': missing_because({
            'not_yet_published': "(is_to_come and counted = 0)"
                ~ " or printed is null or " ~ plain_text('printed') ~ " = '' or " ~ is_dash('printed')
                ~ " or (" ~ is_mask('printed') ~ " and (is_to_come or table_name = 'rcmp_interceptions'))",
            'suppressed': is_mask('printed'),
        }),
    }, carried=['month', 'geography_id', 'is_printed']) }}
-- The provinces printed need not be all there are (the page of 2024 at hand lacks British Columbia), so a sum of them
-- stands beside a printed total, never in its place. Provinces add up to the country; in the summary table the offices
-- do, without the subtotal of all ports of entry. RCMP figures are exact and never masked, though the note on masking
-- can stand right above them.
from judged
