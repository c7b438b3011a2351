"""Months in the order of their series, so that a place's ten years lie together.

Rows come month by month, all places at once and in order: of a city's 120 months each block of the table has some of every place, and a question unpacks
them all (4 ms; 1 ms where they lie together). So in the night a table of months whose series begin anew more than `MOST` times is written
again in their order. A city's ten years are some million rows, and the tiers below are asked for shorter times, which lie together already.

Rejected: an index of the series (as fast; but DuckDB 1.5 crashed under it in our tests, and a table that has one can't be given a column).
"""

# ruff: noqa: S608 -- what is put into a statement are names of the vocabulary, quoted

from __future__ import annotations

from typing import Final

from pantau.store.database import Database
from pantau.store.schema import quoted, table_of
from pantau.vocabulary import families

MOST: Final = 12
"""Times that the series of a table may begin anew: a year of months."""


def order_months(database: Database) -> int:
    """Write the tables of months that are out of order again; how many.

    Raises:
        StoreError: the table at hand is as it was.
    """
    done = 0
    for name in families():
        table, new = table_of("month", name), quoted(f"ordered_{name}")
        with database.read() as connection:
            asked = f"SELECT count(*) FROM (SELECT series < lag(series) OVER (ORDER BY rowid) AS anew FROM {table}) WHERE anew"
            ((begun,),) = connection.execute(asked).fetchall()
        if begun <= MOST:
            continue
        with database.transaction() as connection:
            connection.execute(f"CREATE TABLE {new} AS FROM {table} ORDER BY series, bucket")
            connection.execute(f"DROP TABLE {table}")
            connection.execute(f"ALTER TABLE {new} RENAME TO {table}")
        done += 1
    return done
