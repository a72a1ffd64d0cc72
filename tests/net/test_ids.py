"""Id sources: unguessable, repeatable from a seed, letters only."""

import random

import pytest

from mcsip.net.ids import TOKEN_LETTERS, SeededIds, SystemIds


@pytest.mark.parametrize(
    "ids", [SystemIds(), SeededIds(random.Random(1))], ids=["system", "seeded"]
)
def test_tokens_are_lower_case_letters_and_fresh(ids: SystemIds | SeededIds) -> None:
    tokens = [ids.token() for _ in range(1000)]
    assert len(set(tokens)) == 1000
    assert all(len(token) == TOKEN_LETTERS for token in tokens)
    assert all(token.isascii() and token.isalpha() and token.islower() for token in tokens)


def test_seeded_ids_repeat() -> None:
    first, again, other = (SeededIds(random.Random(seed)) for seed in (7, 7, 8))
    tokens = [first.token() for _ in range(300)]
    assert tokens == [again.token() for _ in range(300)]
    assert tokens != [other.token() for _ in range(300)]


def test_system_ids_differ_between_sources() -> None:
    assert SystemIds().token() != SystemIds().token()
