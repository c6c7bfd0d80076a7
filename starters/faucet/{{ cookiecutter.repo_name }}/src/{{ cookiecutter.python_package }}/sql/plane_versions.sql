-- The registered aircraft, a row for each carrier that flew them: the history of the fleet with the register's columns.
select
    fleet.tailnum,
    fleet.carrier,
    planes.manufacturer,
    planes.model,
    planes.year as built_in,
    planes.engines,
    planes.engine,
    planes.seats,
    fleet.valid_from,
    fleet.valid_to,
    fleet.is_current
from fleet
join planes on planes.tailnum = fleet.tailnum
