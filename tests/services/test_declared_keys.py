"""The keys that databases declare, on every one of them."""

from __future__ import annotations

from databases import Place

from kedro_faucet.services import open_service

TABLES = (
    "create table {}regions (code varchar(2) not null, part int not null, name varchar(9), primary key (code, part))",
    "create table {}shops (id int not null primary key, mail varchar(9) unique, region varchar(2), part int, boss int, "
    "foreign key (region, part) references {}regions (code, part), foreign key (boss) references {}shops (id))",
    "create table {}notes (said varchar(9))",
    "create view {}latest as select * from {}notes",
)


def test_tables_are_told_with_their_keys_and_views_are_none(place: Place):
    """Primary and foreign keys have their columns in order, also composite ones and those of a table itself."""
    of_a_file = "sqlite" in str(place.settings)  # where a table is named by a schema nowhere but here
    texts = [text.replace("references {}", "references ") if of_a_file else text for text in TABLES]
    place.sql(*place.words.before, *texts)
    found = open_service(place.settings, place.credentials).declared()
    assert sorted(found) == ["notes", "regions", "shops"]
    assert (found["regions"].key, found["notes"].key, found["shops"].key) == (("code", "part"), (), ("id",))
    assert sorted(found["shops"].references) == [
        (("boss",), "shops", ("id",)),
        (("region", "part"), "regions", ("code", "part")),
    ]
