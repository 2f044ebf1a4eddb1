"""What's new, read from CHANGELOG.md."""

from django.conf import settings

from accounts.changelog import pieces, releases


def test_releases_have_a_version_a_date_and_sections():
    newest = "## 2.0.0 — 2027-01-02\n\nIn short.\n\n### Fixed\n- One\n- Two\n  goes on\n"
    found = releases(f"# Changelog\n\nWords.\n\n{newest}\n## 1.0.0\n* Old\n")
    assert [(release.version, release.date) for release in found] == [("2.0.0", "2027-01-02"), ("1.0.0", "")]
    assert [(section.title, section.lines) for section in found[0].sections] == [
        ("", [[(False, "In short.")]]),
        ("Fixed", [[(False, "One")], [(False, "Two"), (False, " goes on")]]),
    ]
    assert found[1].sections[0].lines == [[(False, "Old")]]


def test_code_is_told_from_text():
    assert pieces("Ask `/token` for `one`.") == [
        (False, "Ask "),
        (True, "/token"),
        (False, " for "),
        (True, "one"),
        (False, "."),
    ]


def test_an_empty_file_has_no_releases():
    assert releases("") == []


def test_our_own_changelog_can_be_read():
    assert releases(settings.CHANGELOG)[0].version == settings.VERSION
