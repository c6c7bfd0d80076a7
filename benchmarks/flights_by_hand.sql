-- Ingest: every source once, with its types.
create table flights as
select * from read_csv('{raw}/flights/*.csv.gz', nullstr = 'NA', types = {
    'flight_date': 'DATE', 'scheduled_at': 'TIMESTAMP', 'exported_at': 'TIMESTAMP', 'origin': 'VARCHAR', 'dest': 'VARCHAR',
    'distance': 'INTEGER', 'carrier': 'VARCHAR', 'flight': 'INTEGER', 'sched_arr_time': 'INTEGER', 'tailnum': 'VARCHAR',
    'dep_delay': 'INTEGER', 'arr_delay': 'INTEGER', 'air_time': 'INTEGER'})
qualify row_number() over (partition by flight_date, carrier, flight, origin order by exported_at desc) = 1;

create table weather as
from read_csv('{raw}/weather.csv.gz', nullstr = 'NA', types = {
    'year': 'INTEGER', 'month': 'INTEGER', 'day': 'INTEGER', 'hour': 'INTEGER', 'wind_dir': 'INTEGER', 'time_hour': 'VARCHAR'});

create table planes as
from read_csv('{raw}/planes.csv', nullstr = 'NA', types = {'year': 'INTEGER', 'engines': 'INTEGER', 'seats': 'INTEGER', 'speed': 'INTEGER'});

create table airports as from read_csv('{raw}/airports.csv', nullstr = 'NA', types = {'alt': 'INTEGER', 'tz': 'INTEGER'});

create table airlines as from read_csv('{raw}/airlines.csv', nullstr = 'NA');

create table weather_hourly as
select
    origin, make_timestamp(year, month, day, hour, 0, 0) as observed_at,
    temp, dewp, humid, wind_dir, wind_speed, precip, pressure, visib
from weather
where temp is not null
qualify row_number() over (partition by origin, year, month, day, hour order by time_hour) = 1;

-- History: the versions that twelve snapshots tell; an aircraft that a snapshot lacks ends its version.
create table fleet as
with snapshots as (
    from read_csv('{raw}/fleet/*.csv.gz', nullstr = 'NA')
),
times as (
    select snapshot_at, lead(snapshot_at) over (order by snapshot_at) as next_at from (select distinct snapshot_at from snapshots)
),
seen as (
    select
        *, lead(snapshot_at) over key as seen_next_at,
        carrier is distinct from lag(carrier) over key
            or lag(next_at) over key is distinct from snapshot_at as starts
    from snapshots join times using (snapshot_at)
    window key as (partition by tailnum order by snapshot_at)
),
versions as (
    select
        tailnum, carrier, snapshot_at as valid_from, starts,
        case when seen_next_at is distinct from next_at then next_at end as gone_at
    from seen
    where starts or gone_at is not null
)
select
    tailnum, carrier, valid_from,
    coalesce(lead(valid_from) over (partition by tailnum order by valid_from), gone_at) as valid_to,
    valid_to is null as is_current
from versions where starts;

create table plane_versions as
select
    fleet.tailnum, fleet.carrier, planes.manufacturer, planes.model, planes.year as built_in, planes.engines, planes.engine,
    planes.seats, fleet.valid_from, fleet.valid_to, fleet.is_current
from fleet join planes using (tailnum);

-- Star: members that only flights name are orphans; 0 stands for no key, -1 for what cannot be.
create macro key_of(x) as ('0x' || substr(md5('s' || length(x) || ':' || x), 1, 15))::bigint;

create schema star;

create table star.dim_airport as
select key_of(faa) as airport_key, 'known' as member, * from airports
union all by name
select key_of(faa) as airport_key, 'orphan' as member, faa
from (select origin as faa from flights union select dest from flights) where faa not in (select faa from airports)
union all by name
select 0::bigint as airport_key, 'missing' as member
union all by name
select -1::bigint as airport_key, 'invalid' as member;

create table star.dim_airline as
select key_of(carrier) as airline_key, 'known' as member, * from airlines
union all by name
select distinct key_of(carrier) as airline_key, 'orphan' as member, carrier from flights
where carrier not in (select carrier from airlines)
union all by name
select 0::bigint as airline_key, 'missing' as member
union all by name
select -1::bigint as airline_key, 'invalid' as member;

create table star.dim_plane as
select
    key_of(tailnum) as plane_key,
    ('0x' || substr(md5('s' || length(tailnum) || ':' || tailnum || 't' || length(valid_from::varchar) || ':' || valid_from), 1, 15))::bigint
        as plane_version_key,
    'known' as member, *, row_number() over (partition by tailnum order by valid_from desc) = 1 as is_latest
from plane_versions
union all by name
select key_of(tailnum) as plane_key, plane_key as plane_version_key, 'orphan' as member, tailnum, true as is_current, true as is_latest
from (select distinct tailnum from flights where tailnum not in (select tailnum from plane_versions))
union all by name
select 0::bigint as plane_key, 0::bigint as plane_version_key, 'missing' as member, true as is_current, true as is_latest
union all by name
select -1::bigint as plane_key, -1::bigint as plane_version_key, 'invalid' as member, true as is_current, true as is_latest;

create table star.dim_date as
with years as (
    select min(date_trunc('year', flight_date))::date as first_day, max(date_trunc('year', flight_date) + interval 1 year)::date as end_day
    from flights
),
days as (
    select unnest(generate_series(first_day, end_day - 1, interval 1 day))::date as date from years
)
select
    (year(date) * 10000 + month(date) * 100 + day(date))::integer as date_key, 'known' as member, date,
    year(date)::integer as year, quarter(date)::integer as quarter, month(date)::integer as month, monthname(date) as month_name,
    date_trunc('month', date)::date as month_start, day(date)::integer as day, isoyear(date)::integer as iso_year,
    week(date)::integer as iso_week, isodow(date)::integer as iso_weekday, dayname(date) as day_name, isodow(date) > 5 as is_weekend,
    year(date)::integer as fiscal_year, quarter(date)::integer as fiscal_quarter, month(date)::integer as fiscal_month
from days
union all by name
select 0 as date_key, 'missing' as member
union all by name
select -1 as date_key, 'invalid' as member;

create table star.fact_flight as
with versions as (
    select
        tailnum, plane_key, plane_version_key,
        case when lag(valid_from) over key is null then timestamp '0001-01-01' else valid_from end as starts_at,
        coalesce(valid_to, timestamp '9999-12-31') as ends_at
    from star.dim_plane where member in ('known', 'orphan')
    window key as (partition by plane_key order by valid_from)
)
select
    coalesce(d.date_key, if(f.flight_date is null, 0, -1)) as flight_date_key,
    coalesce(o.airport_key, if(f.origin is null, 0, -1)) as origin_key,
    coalesce(t.airport_key, if(f.dest is null, 0, -1)) as destination_key,
    coalesce(a.airline_key, if(f.carrier is null, 0, -1)) as airline_key,
    coalesce(p.plane_key, if(f.tailnum is null, 0, -1)) as plane_key,
    coalesce(p.plane_version_key, if(f.tailnum is null, 0, -1)) as plane_version_key,
    f.flight_date, f.carrier, f.flight, f.origin, f.scheduled_at, f.tailnum, f.distance, f.dep_delay, f.arr_delay
from flights f
left join star.dim_date d on d.date = f.flight_date
left join star.dim_airport o on o.faa = f.origin
left join star.dim_airport t on t.faa = f.dest
left join star.dim_airline a on a.carrier = f.carrier
left join versions p on p.tailnum = f.tailnum and f.scheduled_at >= p.starts_at and f.scheduled_at < p.ends_at;

-- Cubes: what can be added up is counted once, in the finest cells; aircraft are counted anew for every set.
create schema cube;

create table cube.delays as
with cells as (
    select
        d.month_start as flight_date_month_start, a.carrier as airline_carrier, o.faa as origin_faa, t.faa as destination_faa,
        count(*) as count, sum(dep_delay) as dep_delay_sum, count(dep_delay) as dep_delay_count,
        sum(arr_delay) as arr_delay_sum, count(arr_delay) as arr_delay_count, sum(distance) as distance_sum
    from star.fact_flight f
    left join star.dim_date d on d.date_key = f.flight_date_key
    left join star.dim_airline a on a.airline_key = f.airline_key
    left join star.dim_airport o on o.airport_key = f.origin_key
    left join star.dim_airport t on t.airport_key = f.destination_key
    group by all
)
select
    grouping_id(flight_date_month_start, airline_carrier, origin_faa, destination_faa)::integer as grouping_id,
    coalesce(nullif(concat_ws(', ',
        if(grouping(flight_date_month_start) = 0, 'flight_date_month_start', null), if(grouping(airline_carrier) = 0, 'airline_carrier', null),
        if(grouping(origin_faa) = 0, 'origin_faa', null), if(grouping(destination_faa) = 0, 'destination_faa', null)
    ), ''), 'total') as "grouping",
    flight_date_month_start, airline_carrier, origin_faa, destination_faa,
    sum(count)::bigint as count, sum(dep_delay_sum)::bigint as dep_delay_sum, sum(dep_delay_count)::bigint as dep_delay_count,
    sum(arr_delay_sum)::bigint as arr_delay_sum, sum(arr_delay_count)::bigint as arr_delay_count, sum(distance_sum)::bigint as distance_sum
from cells
group by cube (flight_date_month_start, airline_carrier, origin_faa, destination_faa);

create table cube.punctuality as
select
    grouping_id(d.date, o.faa)::integer as grouping_id,
    coalesce(nullif(concat_ws(', ',
        if(grouping(d.date) = 0, 'flight_date_date', null), if(grouping(o.faa) = 0, 'origin_faa', null)
    ), ''), 'total') as "grouping",
    d.date as flight_date_date, o.faa as origin_faa,
    count(*) as count, sum(dep_delay)::bigint as dep_delay_sum, count(dep_delay) as dep_delay_count,
    sum(arr_delay)::bigint as arr_delay_sum, count(arr_delay) as arr_delay_count, count(distinct tailnum) as tailnum_distinct
from star.fact_flight f
left join star.dim_date d on d.date_key = f.flight_date_key
left join star.dim_airport o on o.airport_key = f.origin_key
group by cube (d.date, o.faa);
