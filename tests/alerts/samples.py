"""Finding leaves as the pipeline writes them."""

from pydantic import JsonValue

Leaf = dict[str, JsonValue]

TENANT = "8f3c0f5a-0000-4000-8000-00000000abcd"
POLICY = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"


def finding(**fields: JsonValue) -> Leaf:
    """A finding leaf with every field of the contract; `fields` replace what they name."""
    leaf: Leaf = {
        "t": "finding",
        "v": 1,
        "tenant": TENANT,
        "at": "2026-03-02T09:14:05.000000Z",
        "src": {"of": 411},
        "rule": "ca-weakened",
        "revision": 1,
        "severity": "high",
        "title": "A change lets sign-ins in with less proof than before",
        "witness": "Members of Radiology, on any client, reach any resource with a password alone.",
        "certainty": "certain",
        "object": {"kind": "conditionalAccessPolicy", "id": POLICY, "name": "Require MFA"},
        "activity": "Update conditional access policy",
        "initiator": {
            "label": "j.doe@stmarys.example",
            "id": "5c0f3d55-0000-4000-8000-000000000001",
            "ip": "203.0.113.7",
            "app": "Azure Portal",
        },
        "correlation": "c-1",
        "controls": {
            "hipaa": ["164.312(d)", "164.312(a)(1)"],
            "nist": ["IA-2(1)"],
            "cis": ["5.2.2.1"],
            "scuba": ["MS.AAD.3.2v2"],
            "attack": ["T1556.009"],
        },
        "respond": ["Ask for the ticket.", "Without one, revert it."],
        "details": {
            "changed": [
                {"path": "conditions.users.excludeGroups", "before": ["a"], "after": ["a", "b"]},
                {"path": "state", "before": "enabled", "after": "disabled"},
            ]
        },
    }
    return leaf | fields


def hostile(text: str) -> Leaf:
    """A finding whose every text that a stranger can write is `text`."""
    return finding(
        witness=text,
        title=text,
        activity=text,
        rule=text,
        tenant=text,
        certainty=text,
        object={"kind": text, "id": text, "name": text},
        initiator={"label": text, "id": text, "ip": text, "app": text},
        respond=[text, text],
        controls={"hipaa": [text], "nist": [text], "attack": [text]},
        details={"changed": [{"path": text, "before": [text], "after": {text: text}}]},
    )
