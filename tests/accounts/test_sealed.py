"""Secrets that are kept to be used again: sealed in the database, read with today's key and former ones."""

import pytest

from accounts.sealed import SealedTextField, Unreadable, seal, unseal


def test_what_is_sealed_comes_back_and_can_not_be_read_meanwhile():
    sealed = seal("correct horse — ü")
    assert "horse" not in sealed
    assert unseal(sealed) == "correct horse — ü"
    assert seal("correct horse — ü") != sealed, "the same secret twice must not look the same"


def test_nothing_stays_nothing():
    assert seal("") == ""
    assert unseal("") == ""


def test_a_former_key_still_opens(settings):
    settings.SECRET_KEY = "the former key"
    sealed = seal("kept")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the new key", ["the former key"]
    assert unseal(sealed) == "kept"


@pytest.mark.parametrize("text", ["nonsense", "gAAAA"])
def test_what_was_not_sealed_here_is_refused_with_what_to_do(text):
    with pytest.raises(Unreadable, match="SECRET_KEY_FALLBACKS"):
        unseal(text)


def test_another_key_opens_nothing(settings):
    sealed = seal("kept")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", []
    with pytest.raises(Unreadable):
        unseal(sealed)


def test_a_sealed_column_is_never_searched_by_its_text():
    assert SealedTextField().get_lookup("exact") is None
    assert SealedTextField().get_lookup("isnull") is not None
