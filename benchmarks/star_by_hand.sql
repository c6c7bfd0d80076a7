-- The star: members that only facts name are orphans; 0 stands for no key, -1 for what cannot be.
create macro part_of(kind, x) as kind || length(x::varchar) || ':' || x::varchar;
create macro key_of(kind, x) as ('0x' || substr(md5(part_of(kind, x)), 1, 15))::bigint;
create macro version_of(x, t) as ('0x' || substr(md5(part_of('n', x) || part_of('t', t)), 1, 15))::bigint;
create macro source(name) as table from read_parquet('{source}/' || name || '.parquet');
create macro written(name) as table from read_parquet('{target}/' || name || '.parquet');

copy (
    select key_of('n', c_custkey) as customer_key, version_of(c_custkey, valid_from) as customer_version_key,
        'known' as member, * exclude (valid_from, valid_to), valid_from, valid_to, coalesce(valid_to >= '9999-01-01', true) as is_current,
        row_number() over (partition by c_custkey order by valid_from desc) = 1 as is_latest
    from source('customer')
    union all by name
    select key_of('n', key) as customer_key, customer_key as customer_version_key, 'orphan' as member, key as c_custkey, true as is_current,
        true as is_latest
    from (select distinct lo_custkey as key from source('lineorder')) anti join source('customer') on c_custkey = key
    union all by name
    select 0::bigint as customer_key, 0::bigint as customer_version_key, 'missing' as member, true as is_current, true as is_latest
    union all by name
    select -1::bigint as customer_key, -1::bigint as customer_version_key, 'invalid' as member, true as is_current, true as is_latest
) to '{target}/dim_customer.parquet' (compression zstd);

copy (
    select key_of('n', s_suppkey) as supplier_key, 'known' as member, * from source('supplier')
    union all by name
    select key_of('n', key) as supplier_key, 'orphan' as member, key as s_suppkey
    from (select distinct lo_suppkey as key from source('lineorder')) anti join source('supplier') on s_suppkey = key
    union all by name
    select 0::bigint as supplier_key, 'missing' as member
    union all by name
    select -1::bigint as supplier_key, 'invalid' as member
) to '{target}/dim_supplier.parquet' (compression zstd);

copy (
    select key_of('n', p_partkey) as part_key, 'known' as member, * from source('part')
    union all by name
    select key_of('n', key) as part_key, 'orphan' as member, key as p_partkey
    from (select distinct lo_partkey as key from source('lineorder')) anti join source('part') on p_partkey = key
    union all by name
    select 0::bigint as part_key, 'missing' as member
    union all by name
    select -1::bigint as part_key, 'invalid' as member
) to '{target}/dim_part.parquet' (compression zstd);

copy (
    select key_of('s', mode) as ship_mode_key, 'known' as member, * from source('ship_mode')
    union all by name
    select key_of('s', key) as ship_mode_key, 'orphan' as member, key as mode
    from (select distinct lo_shipmode as key from source('lineorder')) anti join source('ship_mode') on mode = key
    union all by name
    select 0::bigint as ship_mode_key, 'missing' as member
    union all by name
    select -1::bigint as ship_mode_key, 'invalid' as member
) to '{target}/dim_ship_mode.parquet' (compression zstd);

copy (
    with years as (
        select date_trunc('year', least(min(lo_orderdate), min(lo_commitdate)))::date as first_day,
            (date_trunc('year', greatest(max(lo_orderdate), max(lo_commitdate))) + interval 1 year)::date as end_day
        from source('lineorder')
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
    select -1 as date_key, 'invalid' as member
) to '{target}/dim_date.parquet' (compression zstd);

copy (
    with versions as (
        select
            c_custkey, customer_key, customer_version_key,
            if(lag(valid_from) over key is null, timestamp '0001-01-01', valid_from) as starts_at,
            coalesce(valid_to, timestamp '9999-12-31') as ends_at
        from written('dim_customer') where member in ('known', 'orphan')
        window key as (partition by customer_key order by valid_from)
    )
    select
        coalesce(o.date_key, if(lo_orderdate is null, 0, -1)) as order_date_key,
        coalesce(d.date_key, if(lo_commitdate is null, 0, -1)) as commit_date_key,
        coalesce(c.customer_key, if(lo_custkey is null, 0, -1)) as customer_key,
        coalesce(c.customer_version_key, if(lo_custkey is null, 0, -1)) as customer_version_key,
        coalesce(s.supplier_key, if(lo_suppkey is null, 0, -1)) as supplier_key,
        coalesce(p.part_key, if(lo_partkey is null, 0, -1)) as part_key,
        coalesce(m.ship_mode_key, if(lo_shipmode is null, 0, -1)) as ship_mode_key,
        lo_orderkey, lo_linenumber, lo_orderdate, lo_quantity, lo_extendedprice, lo_revenue, lo_supplycost, lo_discount, lo_orderpriority
    from source('lineorder') f
    left join written('dim_date') o on o.date = lo_orderdate
    left join written('dim_date') d on d.date = lo_commitdate
    left join versions c on c.c_custkey = lo_custkey and lo_orderdate >= c.starts_at and lo_orderdate < c.ends_at
    left join written('dim_supplier') s on s.s_suppkey = lo_suppkey
    left join written('dim_part') p on p.p_partkey = lo_partkey
    left join written('dim_ship_mode') m on m.mode = lo_shipmode
) to '{target}/fact_lineorder.parquet' (compression zstd);
