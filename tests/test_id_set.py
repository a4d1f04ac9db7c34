"""A set of ids that takes little memory: it is the same as Python's own."""

import random
import tracemalloc
from array import array

from bot.services import id_set
from bot.services.id_set import IdSet


def test_it_holds_what_a_set_would_whatever_comes_and_goes() -> None:
    chance = random.Random(1)
    before = sorted({chance.getrandbits(64) - 2**63 for _ in range(2_000)})
    ids, expected = IdSet(array("q", before)), set(before)
    assert len(ids) == 2_000
    for _ in range(3 * id_set.MOST_CHANGES):
        id = chance.choice(before) if chance.random() < 0.5 else chance.randrange(5_000)
        if chance.random() < 0.5:
            ids.add(id)
            expected.add(id)
        else:
            ids.discard(id)
            expected.discard(id)

    assert len(ids) == len(expected)
    assert all((id in ids) == (id in expected) for id in (*before, *range(5_000)))


def test_a_hundred_thousand_take_less_than_ten_bytes_each() -> None:
    tracemalloc.start()
    try:
        ids = IdSet(array("q", range(0, 10**9, 10**4)))
        ids.add(1)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(ids) == 100_001
    assert held < 1_000_000
