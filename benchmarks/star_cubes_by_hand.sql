-- The cubes: what can be added up is counted once, in the finest cells; customers are counted anew for every set.
create macro star(name) as table from read_parquet('{source}/' || name || '.parquet');
create macro one(grouped, name) as if(grouped = 0, name, null);

copy (
    with cells as (
        select
            d.year as order_date_year, c.c_nation as customer_c_nation, s.s_nation as supplier_s_nation, p.p_category as part_p_category,
            count(*) as count, sum(lo_revenue) as lo_revenue_sum, sum(lo_supplycost) as lo_supplycost_sum, sum(lo_quantity) as lo_quantity_sum,
            count(lo_quantity) as lo_quantity_count
        from star('fact_lineorder')
        left join star('dim_date') d on d.date_key = order_date_key
        left join star('dim_customer') c using (customer_version_key)
        left join star('dim_supplier') s using (supplier_key)
        left join star('dim_part') p using (part_key)
        group by all
    )
    select
        grouping_id(order_date_year, customer_c_nation, supplier_s_nation, part_p_category)::integer as grouping_id,
        coalesce(nullif(concat_ws(', ',
            one(grouping(order_date_year), 'order_date_year'), one(grouping(customer_c_nation), 'customer_c_nation'),
            one(grouping(supplier_s_nation), 'supplier_s_nation'), one(grouping(part_p_category), 'part_p_category')
        ), ''), 'total') as "grouping",
        order_date_year, customer_c_nation, supplier_s_nation, part_p_category, sum(count)::bigint as count,
        sum(lo_revenue_sum)::bigint as lo_revenue_sum, sum(lo_supplycost_sum)::bigint as lo_supplycost_sum,
        sum(lo_quantity_sum)::bigint as lo_quantity_sum, sum(lo_quantity_count)::bigint as lo_quantity_count
    from cells
    group by cube (order_date_year, customer_c_nation, supplier_s_nation, part_p_category)
) to '{target}/profit.parquet' (compression zstd);

copy (
    with cells as (
        select
            d.month_start as order_date_month_start, p.p_mfgr as part_p_mfgr, p.p_category as part_p_category, p.p_brand1 as part_p_brand1,
            count(*) as count, sum(lo_revenue) as lo_revenue_sum
        from star('fact_lineorder')
        left join star('dim_date') d on d.date_key = order_date_key
        left join star('dim_part') p using (part_key)
        group by all
    )
    select
        grouping_id(order_date_month_start, part_p_mfgr, part_p_category, part_p_brand1)::integer as grouping_id,
        coalesce(nullif(concat_ws(', ',
            one(grouping(order_date_month_start), 'order_date_month_start'), one(grouping(part_p_mfgr), 'part_p_mfgr'),
            one(grouping(part_p_category), 'part_p_category'), one(grouping(part_p_brand1), 'part_p_brand1')
        ), ''), 'total') as "grouping",
        order_date_month_start, part_p_mfgr, part_p_category, part_p_brand1,
        sum(count)::bigint as count, sum(lo_revenue_sum)::bigint as lo_revenue_sum
    from cells
    group by rollup (order_date_month_start, part_p_mfgr, part_p_category, part_p_brand1)
) to '{target}/brands.parquet' (compression zstd);

copy (
    select
        grouping_id(d.year, s.s_region)::integer as grouping_id,
        coalesce(nullif(concat_ws(', ', one(grouping(d.year), 'order_date_year'), one(grouping(s.s_region), 'supplier_s_region')), ''), 'total')
            as "grouping",
        d.year as order_date_year, s.s_region as supplier_s_region, count(*) as count,
        count(distinct if(customer_key > 0, customer_key, null)) as customer_key_distinct
    from star('fact_lineorder')
    left join star('dim_date') d on d.date_key = order_date_key
    left join star('dim_supplier') s using (supplier_key)
    group by cube (d.year, s.s_region)
) to '{target}/buyers.parquet' (compression zstd);
