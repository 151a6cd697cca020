"""Every form of a message: what a person must find in it, and what a stranger cannot put in."""

from html.parser import HTMLParser

from hypothesis import given
from markdown_it import MarkdownIt

from monitor.alerts.message import LONGEST_SUBJECT, compose
from tests.alerts.samples import POLICY, finding, hostile
from tests.alerts.test_untrusted import ANY_TEXT

LINK = (
    "https://entra.microsoft.com/#view/Microsoft_AAD_ConditionalAccess/PolicyBlade/policyId/"
    + POLICY
)


class Outline(HTMLParser):
    """The tags and attributes of a page, without its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(attrs)))


def test_the_subject_names_severity_object_and_entry() -> None:
    expected = "[HIGH] A change lets sign-ins in with less proof than before: Require MFA (#412)"
    assert compose(412, finding()).subject == expected


def test_a_long_name_leaves_the_entry_in_the_subject() -> None:
    message = compose(412, finding(object={"kind": "user", "id": "", "name": "n" * 500}))
    assert len(message.subject) <= LONGEST_SUBJECT
    assert message.subject.endswith("\u2026 (#412)")


def test_the_text_says_what_happened_first() -> None:
    lines = compose(412, finding()).text.splitlines()
    assert lines[:6] == [
        "HIGH  A change lets sign-ins in with less proof than before",
        "",
        "Members of Radiology, on any client, reach any resource with a password alone.",
        "",
        "What changed",
        "  conditions.users.excludeGroups: added b",
    ]
    assert lines[-2:] == [
        f"Open it in the Entra admin center: {LINK}",
        "Show the entry: mfa-monitor show 412",
    ]
    assert "Supports   45 CFR 164.312(d), 164.312(a)(1)" in "\n".join(lines)
    assert "require" not in " ".join(lines).replace("Require MFA", "")


def test_all_forms_hold_the_same_facts() -> None:
    message = compose(412, finding())
    for label, text in message.alert.facts:
        assert label in message.text
        assert text in message.text
        assert text in message.html
        assert f"**{label}:**" in message.markdown
        assert text in str(message.card)


def test_markdown_links_only_to_the_portal() -> None:
    rendered = MarkdownIt().parse(compose(412, finding()).markdown)
    links = [child for token in rendered for child in token.children or []]
    assert [link.attrs["href"] for link in links if link.type == "link_open"] == [LINK]


@given(ANY_TEXT)
def test_the_subject_is_one_line_of_bounded_length(text: str) -> None:
    subject = compose(412, hostile(text)).subject
    assert subject.splitlines() == [subject]
    assert len(subject) <= LONGEST_SUBJECT
    assert subject.endswith(" (#412)")


@given(ANY_TEXT)
def test_no_text_adds_a_tag_or_an_attribute_to_the_mail(text: str) -> None:
    shown = "" if not compose(1, hostile(text)).alert.title else "x"
    assert (
        Outline(compose(412, hostile(text)).html).tags
        == Outline(compose(412, hostile(shown)).html).tags
    )


@given(ANY_TEXT)
def test_no_text_becomes_a_markdown_link_image_or_tag(text: str) -> None:
    message = compose(412, hostile(text))
    assert "<" not in message.markdown
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(message.markdown)
    inline = {child.type for token in tokens for child in token.children or []}
    assert not inline & {"link_open", "image", "html_inline"}
    assert not {token.type for token in tokens} & {"html_block", "heading_open", "fence"}


@given(ANY_TEXT)
def test_no_text_adds_a_line_to_the_plain_text(text: str) -> None:
    shown = "" if not compose(1, hostile(text)).alert.title else "x"
    lines = compose(412, hostile(text)).text.splitlines()
    assert len(lines) == len(compose(412, hostile(shown)).text.splitlines())
