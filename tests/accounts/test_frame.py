"""Template words of the frame, and the widget behind chips."""

import pytest
from django import forms
from django.template.loader import render_to_string

from accounts.templatetags.frame import device
from accounts.widgets import ChipsSelect


@pytest.mark.parametrize(
    ("user_agent", "shown"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Windows"),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36",
            "Chrome, Linux",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19 Safari/604",
            "Safari, iPhone",
        ),
        ("curl/8.9", "curl/8.9"),
        ("x" * 500, "x" * 80),
        ("", "Unknown device"),
    ],
)
def test_a_session_is_called_by_browser_and_system(user_agent, shown):
    assert device(user_agent) == shown


class Groups(forms.Form):
    groups = forms.MultipleChoiceField(
        label="Permission groups",
        help_text="What it may do.",
        choices=[("1", "Readers"), ("2", '"><script>')],
        widget=ChipsSelect(none_text="No permission selected"),
    )


def test_chips_are_labelled_tick_boxes_that_keep_their_choice_and_name_their_error():
    form = Groups({"groups": ["2", "9"]})
    page = render_to_string("elements/field.html", {"field": form["groups"]})
    assert '<fieldset class="field" aria-describedby="id_groups_helptext id_groups_error">' in page
    assert 'data-none="No permission selected"' in page
    assert '<label for="id_groups_0">' in page
    assert page.count(" checked") == 1
    assert 'id="id_groups_error"' in page
    assert "<script>" not in page
