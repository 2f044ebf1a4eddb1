"""The algebra of scopes: laws that hold for any sets."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from permissions import scopes

TOKEN = some.text(
    some.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"\\'), min_size=1, max_size=12
)
SETS = some.frozensets(TOKEN, max_size=6)
MODULES = some.sampled_from(["assets", "work_orders", "consumers"])
SCOPES = some.frozensets(some.builds("{}:{}".format, MODULES, some.sampled_from(["view", "add", "report"])), max_size=6)


@given(SETS)
@pytest.mark.rfc(
    "6749", "3.3", "A scope is a list of space-delimited, case-sensitive strings whose order does not matter"
)
def test_a_set_survives_the_wire(some_scopes):
    assert scopes.parse(scopes.render(some_scopes)) == some_scopes


@given(some.lists(TOKEN, max_size=6), some.randoms(use_true_random=False))
def test_order_and_repetition_mean_nothing(tokens, chance):
    shuffled = tokens * 2
    chance.shuffle(shuffled)
    assert scopes.parse(" ".join(shuffled)) == scopes.parse("  ".join(tokens))


@given(some.text(max_size=40))
def test_any_string_is_a_set_or_malformed(text):
    try:
        found = scopes.parse(text)
    except scopes.MalformedScope:
        assert any(not ("\x21" <= character <= "\x7e") or character in '"\\' for character in text.replace(" ", ""))
    else:
        assert " ".join(sorted(set(text.split(" ")) - {""})) == scopes.render(found)


@given(some.lists(SCOPES, max_size=4), some.frozensets(MODULES))
def test_a_ceiling_is_what_some_group_allows_within_the_modules(groups, modules):
    assert scopes.ceiling(groups, modules) == {
        scope for group in groups for scope in group if scope.split(":")[0] in modules
    }


@given(some.lists(SCOPES, max_size=4), SCOPES, some.frozensets(MODULES), some.frozensets(MODULES))
def test_fewer_groups_or_modules_never_allow_more(groups, another, modules, further):
    assert scopes.ceiling(groups, modules) <= scopes.ceiling([*groups, another], modules | further)


@given(SCOPES, some.frozensets(MODULES))
def test_narrowing_twice_is_narrowing_once(some_scopes, modules):
    once = scopes.within_modules(some_scopes, modules)
    assert scopes.within_modules(once, modules) == once <= some_scopes


def test_a_scope_falls_into_module_and_action():
    assert (scopes.module_of("work_orders:view"), scopes.action_of("work_orders:view")) == ("work_orders", "view")
    assert (scopes.module_of("openid"), scopes.action_of("openid")) == ("openid", "")
