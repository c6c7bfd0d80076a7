-- One row an hour and airport, by the local clock that flights are scheduled by; the hour that the clock repeats in
-- November counts once, and the one temperature that was not taken is left out with its hour.
select
    origin,
    cast(
        concat(cast(year as varchar), '-', cast(month as varchar), '-', cast(day as varchar), ' ', cast(hour as varchar), ':00:00')
        as timestamp
    ) as observed_at,
    temp, dewp, humid, wind_dir, wind_speed, precip, pressure, visib
from weather
where temp is not null
qualify row_number() over (partition by origin, year, month, day, hour order by time_hour) = 1
