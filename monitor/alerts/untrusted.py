"""Text that somebody else wrote, made safe to put into a message.

Whoever may rename a policy, an app or an account in the tenant writes these texts, an attacker
among them. They are cleaned once, at the door (`clean`), and escaped once more for the format they
go into (`for_html`, `for_markdown`).
"""

import html
import re
import unicodedata

_JOINERS = frozenset("\u200c\u200d")
"""Zero-width joiners: format characters too, but part of words in Persian and Indic scripts."""

# What mail and chat clients turn into something to click on without being asked: `scheme:/`,
# `\\server\share` (opening it sends the reader's password hash to that server), `www.`.
_LIVE = re.compile(r":(?=[/\\])|\\\\|\bwww\.", re.IGNORECASE)

_MARKDOWN = re.compile(r"[\\`*_{}\[\]#|~!$^]")
_LINE_START = re.compile(r"^(\d{0,9})([-+=]|(?<=\d)[.)](?=\s|$))")
_MENTION = re.compile(r"(?<!\w)@(?=\w)")
_WORD_JOINER = "\u2060"


def clean(text: str, limit: int) -> str:
    """Return the text as one line of at most `limit` characters, a cut marked with an ellipsis.

    Control characters, bidirectional overrides and other invisible format characters (Unicode
    TR 36, sections 2.3 and 3) and lone surrogates are taken out, runs of white space become one
    space, and what a mail or chat client would turn into a link is broken: `https[:]//`.
    """
    visible = "".join(character for character in text if _shown(character))
    line = _LIVE.sub(_broken, " ".join(visible.split()))
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def for_html(text: str) -> str:
    """Escape a cleaned text for HTML content or a quoted attribute."""
    return html.escape(text, quote=True)


def for_markdown(text: str) -> str:
    """Escape a cleaned text so that Markdown shows it as it is: no link, image, mention or list.

    `<`, `>` and `&` become entities, which every dialect leaves alone (CommonMark 0.31, section
    2.5); the other marks get a backslash, and a word joiner follows the `@` of `@everyone`.
    """
    marked = _MARKDOWN.sub(r"\\\g<0>", html.escape(text, quote=False))
    marked = _LINE_START.sub(r"\1\\\2", marked)
    return _MENTION.sub("@" + _WORD_JOINER, marked)


def _shown(character: str) -> bool:
    kind = unicodedata.category(character)
    return character.isspace() or character in _JOINERS or kind not in ("Cc", "Cf", "Cs")


def _broken(live: re.Match[str]) -> str:
    return {":": "[:]", "\\\\": r"\[\]"}.get(live.group(), "www[.]")
