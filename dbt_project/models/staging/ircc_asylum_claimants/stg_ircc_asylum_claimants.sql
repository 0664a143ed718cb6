-- IRCC's open-data workbooks of asylum claimants: one row per cell of a month, and one per printed total of a quarter or
-- year that is not broken down (but by office).
with mapped as (

    select
        cells.workbook,
        cast(cells.year as integer) as period,
        month.value as time_label,
        place.value as geography_id,
        office.value as office,
        gender.value as gender,
        age.value as age,
        citizenship.value as citizenship,
        cells.printed,
        {{ printed_count('cells.printed') }} as value,
        {{ lineage('cells') }}
    from {{ source('ircc_asylum_claimants', 'ircc_asylum_claimants__cells') }} as cells
    {{ meanings('ircc_asylum_claimants', {
        'month': 'cells.column_label',
        'place': 'cells.province',
        'office': 'cells.office',
        'gender': 'cells.gender',
        'age': 'cells.age',
        'citizenship': 'cells.citizenship',
    }) }}

),

placed as (

    select
        *,
        case
            when time_label = 'year' then 'year'
            when time_label like 'q%' then 'quarter'
            else 'month'
        end as kind,
        -- The month's own number, or the one that a quarter or a year begins with.
        case
            when time_label = 'year' then 1
            when time_label like 'q%' then 3 * cast(substr(time_label, 2) as integer) - 2
            else cast(time_label as integer)
        end as first_month,
        -- The row of a place as a whole, over all offices, genders, ages and citizenships.
        office = 'all' and gender = 'all' and age = 'all' and citizenship = 'all' as is_whole_place
    from mapped

),

-- Each figure of a place as a whole is printed in several workbooks. One of them speaks: by office for Canada, by gender
-- for the provinces.
judged as (

    select
        *,
        {{ first_of_month('period', 'first_month') }} as starts_on,
        case
            when kind <> 'month' then 'period_total'
            when is_whole_place and workbook = 'office_province' then 'total'
            when is_whole_place and workbook = 'province_gender' and geography_id <> 'CA' then 'total'
            else 'detail'
        end as grain
    from placed
    where
        kind = 'month'
        or workbook = 'office_province'
        or (workbook = 'province_gender' and is_whole_place and not (kind = 'year' and geography_id = 'CA'))

)

select
    {{ observation({
        'source_id': "'ircc_asylum_claimants'",
        'measure_id': "'ca_ircc_asylum_claimants_odp'",
        'cut': 'workbook',
        'window_rolls': 'false',
        'is_exhaustive': 'false',
        'period_kind': "case when kind <> 'month' then kind end",
        'period_start': "case when kind <> 'month' then starts_on end",
        'month': "case when kind = 'month' then starts_on end",
        'citizenship': "nullif(citizenship, 'all')",
        'demographic': "coalesce(nullif(gender, 'all'), nullif(age, 'all'))",
        'office': "nullif(office, 'all')",
        'adds_to_place': "case when gender <> 'all' then geography_id end",
        'adds_to_country': "case
        when workbook = 'office_province' and office <> 'all' and geography_id = 'CA' then 'CA'
        when kind = 'quarter' and geography_id <> 'CA' then 'CA'
    end",
        'missing_reason': missing_because({'suppressed': is_mask('printed')}),
    }, carried=['grain', 'period', 'geography_id']) }}
-- Offices add up to Canada, genders to their province. Provinces stand beside Canada's total in the workbook by gender,
-- whose total row is no total here; only their quarters are held against it.
from judged
