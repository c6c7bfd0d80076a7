-- The Star Schema Benchmark's tables out of TPC-H's; money in cents. Customers move: they have up to three versions.
create macro pq(name) as table from read_parquet('{tpch}/' || name || '.parquet');

create table nations as
select n_nationkey as nation_key, n_name as nation, r_name as region
from pq('nation') join pq('region') on r_regionkey = n_regionkey;

copy (
    select
        l_orderkey as lo_orderkey, l_linenumber as lo_linenumber, o_custkey as lo_custkey, l_partkey as lo_partkey,
        l_suppkey as lo_suppkey, o_orderdate as lo_orderdate, o_orderpriority as lo_orderpriority, l_quantity::integer as lo_quantity,
        (l_extendedprice * 100)::bigint as lo_extendedprice, (l_discount * 100)::integer as lo_discount,
        (l_extendedprice * (1 - l_discount) * 100)::bigint as lo_revenue, (p_retailprice * 60)::bigint as lo_supplycost,
        l_commitdate as lo_commitdate, l_shipmode as lo_shipmode
    from pq('lineitem') join pq('orders') on o_orderkey = l_orderkey join pq('part') on p_partkey = l_partkey
) to '{source}/lineorder.parquet' (compression zstd);

copy (
    with versions as (
        select *, unnest(range(1 + (c_custkey % 3 = 0)::int + (c_custkey % 9 = 0)::int)) as version from pq('customer')
    ),
    dated as (
        select *, make_timestamp(1992 + 2 * version::bigint, 1, 1, 0, 0, 0) as valid_from from versions
    )
    select
        c_custkey, c_name, c_address, rpad(nation, 9, ' ') || (c_custkey + version) % 10 as c_city, nation as c_nation,
        region as c_region, c_phone, c_mktsegment, valid_from,
        lead(valid_from) over (partition by c_custkey order by valid_from) as valid_to
    from dated join nations on nation_key = c_nationkey
) to '{source}/customer.parquet' (compression zstd);

copy (
    select s_suppkey, s_name, s_address, rpad(nation, 9, ' ') || s_suppkey % 10 as s_city, nation as s_nation, region as s_region, s_phone
    from pq('supplier') join nations on nation_key = s_nationkey
) to '{source}/supplier.parquet' (compression zstd);

copy (
    select
        p_partkey, p_name, replace(p_mfgr, 'Manufacturer', 'MFGR') as p_mfgr, replace(p_brand, 'Brand', 'MFGR') as p_category,
        replace(p_brand, 'Brand', 'MFGR') || lpad((p_partkey % 40 + 1)::varchar, 2, '0') as p_brand1,
        split_part(p_name, ' ', 1) as p_color, p_type, p_size, p_container
    from pq('part')
) to '{source}/part.parquet' (compression zstd);

copy (
    select distinct l_shipmode as mode, l_shipmode in ('AIR', 'REG AIR') as by_air from pq('lineitem')
) to '{source}/ship_mode.parquet' (compression zstd);
