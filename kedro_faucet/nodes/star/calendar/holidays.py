"""Holidays of a country or a part of it, by the package ``holidays``."""

from __future__ import annotations

from datetime import date
from typing import Any

from kedro_faucet.engines import Table, engine_of
from kedro_faucet.exceptions import ConfigError, DataError, MissingExtraError, did_you_mean, listed


def check_place(place: str, language: str | None = None) -> Any:
    """Return the calendar of a country, or of a part of it.

    >>> check_place("DE-BY").country
    'DE'

    Args:
        place: a country by two letters, as in ``US``, or a part of it, as in ``DE-BY``.
        language: of the holidays' names; default: the country's own.

    Raises:
        ConfigError: if there is no such place or language.
        MissingExtraError: if the package is not installed.
    """
    country, _, part = place.partition("-")
    known = _package().list_supported_countries()
    if country not in known:
        raise ConfigError(
            f"There are no holidays of '{country}'.{did_you_mean(country, known)} A country is as in US, DE-BY."
        )
    if part and part not in known[country]:
        hint = did_you_mean(part, known[country])
        raise ConfigError(f"There is no part '{part}' of {country}.{hint} There are {listed(known[country])}.")
    found = _package().country_holidays(country, subdiv=part or None, language=language)
    if language and language not in found.supported_languages:
        there = listed(found.supported_languages) or "its own language"
        raise ConfigError(f"Holidays of {country} have no names in '{language}', but in {there}.")
    return found


def with_holidays(days: Table, place: str, language: str | None) -> Table:
    """Return days with two columns more: ``holiday``, its name, and ``is_holiday``.

    Args:
        days: a calendar with the columns ``date`` and ``member``.
        place: a country, or a part of it.
        language: of the names.

    Raises:
        DataError: if the country's holidays are not known in a year of the calendar.
    """
    engine = engine_of(days)
    [(first, last)] = engine.rows(engine.sql('select min("date") as a, max("date") as b from days', days=days))
    found = _named(place, language, first, last) if first else {}
    table = engine.from_frame(_arrow(found))
    return engine.persist(
        engine.sql(
            "select days.*, named.kf_name as holiday, "
            'case when days."date" is not null then named.kf_day is not null end as is_holiday '
            'from days left join named on named.kf_day = days."date"',
            days=days,
            named=table,
        )
    )


def _named(place: str, language: str | None, first: date, last: date) -> dict[date, str]:
    calendar = check_place(place, language)
    if first.year < calendar.start_year or last.year > calendar.end_year:
        raise DataError(
            f"Holidays of {place} are known from {calendar.start_year} to {calendar.end_year}, and the calendar goes "
            f"from {first.year} to {last.year}: give the DateDimension first= and last= within."
        )
    for year in range(first.year, last.year + 1):
        calendar.get(date(year, 1, 1))
    return dict(calendar.items())


def _arrow(found: dict[date, str]) -> Any:
    import pyarrow as pa

    return pa.table({"kf_day": pa.array(found, pa.date32()), "kf_name": pa.array(found.values(), pa.string())})


def _package() -> Any:
    try:
        import holidays
    except ImportError:
        raise MissingExtraError("holidays", "holidays") from None
    return holidays
