"""The report as one HTML page: no script, nothing from elsewhere, dark or light as the reader has.

The template stands here and not in a file: what is installed is Python, whole.
"""

from collections.abc import Iterator

from jinja2 import Environment, StrictUndefined

from monitor.evidence.report import WORDING, Report

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --line: #d1d9e0; --paper: #fff;
  --tint: #f6f8fa; --critical: #a40e26; --high: #bc4c00; --medium: #7d4e00; --low: #0550ae;
  --info: #59636e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d;
  --paper: #0d1117; --tint: #151b23; --critical: #ff8182; --high: #ffa657; --medium: #e3b341;
  --low: #79c0ff; --info: #9198a1; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2.5rem 1.5rem 4rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; padding-top: .75rem;
  border-top: 1px solid var(--line); }
p, ul { margin: .5rem 0; }
.soft, footer { color: var(--soft); }
.lead { font-size: 1.1rem; margin: 0 0 1.5rem; color: var(--soft); }
code, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  font-size: .85em; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: 10rem 1fr; gap: .35rem 1rem; margin: 1rem 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; padding: 0; margin: 1rem 0;
  list-style: none; }
.tiles li { flex: 1 1 7rem; border: 1px solid var(--line); border-radius: 8px;
  padding: .6rem .9rem; background: var(--tint); }
.tiles b { display: block; font-size: 1.6rem; line-height: 1.2; }
table { width: 100%; border-collapse: collapse; font-size: .95rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; }
td.number, th.number { text-align: right; padding-right: 0; font-variant-numeric: tabular-nums; }
table.narrow { max-width: 34rem; }
tr.total td { font-weight: 600; border-bottom: 0; }
pre { background: var(--tint); border: 1px solid var(--line); border-radius: 8px;
  padding: .75rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; margin: .5rem 0; }
article { border: 1px solid var(--line); border-left: 5px solid var(--mark); border-radius: 8px;
  padding: .8rem 1.1rem; margin: .9rem 0; break-inside: avoid; }
article h3 { margin: 0 0 .3rem; font-size: 1.02rem; }
article p { margin: .3rem 0; overflow-wrap: anywhere; }
.word { color: var(--mark); font-weight: 700; letter-spacing: .03em; margin-right: .5rem;
  font-size: .85rem; }
.critical { --mark: var(--critical); } .high { --mark: var(--high); }
.medium { --mark: var(--medium); } .low { --mark: var(--low); } .info { --mark: var(--info); }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .5rem; } }
@media print { body { max-width: none; padding: 0; font-size: 10.5pt; }
  :root { --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --tint: #fff;
    --critical: #a40e26; --high: #bc4c00; --medium: #7d4e00; --low: #0550ae; --info: #444; }
  h2 { break-after: avoid; } tr { break-inside: avoid; } @page { margin: 18mm 16mm; } }
"""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{{ report.title }}</title>
<style>{{ style }}</style>
</head>
<body>
<header>
<h1>{{ report.title }}</h1>
<p class="lead">{{ report.period }}</p>
<dl>
{% for label, text in report.facts %}<dt>{{ label }}</dt><dd>{{ text }}</dd>
{% endfor %}</dl>
</header>
<main>
<section>
<h2>Findings by severity</h2>
<ul class="tiles">
{% for name, number in report.severities %}<li class="{{ name }}">\
<b>{{ "{:,}".format(number) }}</b><span class="word">{{ name|upper }}</span></li>
{% endfor %}</ul>
</section>
<section>
<h2>How the entries add up</h2>
<p class="soft">Every entry of the range is in the pack, whole or as its hash. The range proof shows
that none was left out.</p>
<table class="narrow">
{% for label, number in report.population %}<tr{% if loop.last %} class="total"{% endif %}>\
<td>{{ label }}</td><td class="number">{{ "{:,}".format(number) }}</td></tr>
{% endfor %}</table>
<p class="soft">Records the range's batches looked at, by what became of them:</p>
<table class="narrow">
{% for label, number in report.records %}<tr><td>{{ label }}</td>\
<td class="number">{{ "{:,}".format(number) }}</td></tr>
{% endfor %}</table>
</section>
<section>
<h2>The question this pack answers</h2>
<pre>{{ report.queries|join("\\n") }}</pre>
</section>
<section>
<h2>Findings</h2>
{% if not report.findings %}<p>No finding matches.</p>{% endif %}
{% for one in report.findings %}<article class="{{ one.severity }}">
<h3><span class="word">{{ one.word }}</span>{{ one.title }}</h3>
{% if one.witness %}<p>{{ one.witness }}</p>
{% endif %}<p class="soft">{% if one.about %}{{ one.about }} · \
{% endif %}{% if one.actor %}by {{ one.actor }} · {% endif %}\
{{ one.at }}</p>
<p class="soft mono">entry {{ one.index }} · {{ one.hash }} · {{ one.rule }}</p>
</article>
{% endfor %}</section>
<section>
<h2>Controls it is evidence for</h2>
<p class="soft">{{ wording }}</p>
<table>
<tr><th>source</th><th>control</th><th>about</th><th>evidence supporting it</th></tr>
{% for one in report.controls %}<tr><td>{{ one.source }}</td><td>{{ one.id }}</td>\
<td>{{ one.word }}</td><td>{{ one.support }}</td></tr>
{% endfor %}</table>
</section>
<section>
<h2>What it proves</h2>
<ul>{% for line in report.proves %}<li>{{ line }}</li>{% endfor %}</ul>
<h2>What it does not prove</h2>
<ul>{% for line in report.not_proved %}<li>{{ line }}</li>{% endfor %}</ul>
<h2>Check it yourself</h2>
<p class="soft">Get verify.py and the verifier key from somewhere else than this pack.</p>
<pre>{{ report.commands|join("\\n") }}</pre>
</section>
</main>
<footer><p>This page is a rendering of entries.jsonl, which is what the proof is about. The signed
manifest says that it is the exporter's; findings.csv is the same list, checked row by row.</p>
</footer>
</body>
</html>
"""


def pieces(report: Report) -> Iterator[str]:
    """Yield the page in pieces; all text is escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=False)
    template = environment.from_string(_PAGE)
    # The style and the policy are ours and hold nothing of a record.
    yield from template.generate(report=report, style=_STYLE, policy=_POLICY, wording=WORDING)
