"""Records of a synthetic run say so in every entry that comes of them, and touch nobody else."""

from pathlib import Path

from monitor.events.synthetic import retenanted, synthetic_tenant
from tests import entra, live
from tests.corridor import findings, leaves

RUN = "0123456789ab"


def sent(body: bytes) -> bytes:
    found = retenanted(body, RUN)
    assert found is not None
    return found


def weakened() -> bytes:
    before, after = entra.policy(), entra.policy(entra.excluding())
    return entra.body(entra.ca_change(before, after, entra.at()))


def test_entries_findings_and_what_cannot_be_read_say_so(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        outcome = service.receive(sent(weakened()), sent(weakened())[:-60], sent(live.NOISE))
        assert {leaf["synthetic"] for leaf in (dict(one.leaf) for one in outcome.entries)} == {RUN}
        assert str(findings(outcome)["ca-weakened"]["title"]).startswith("[SYNTHETIC] ")
        assert len(leaves(outcome, "quarantine")) == 1
        assert leaves(outcome, "pulse") == [], "nobody waits for more of it"
        assert service.sweep(60 * 48).entries == ()
        assert service.monitor.verify().valid


def test_the_same_records_of_a_real_tenant_are_judged_for_themselves(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        body = weakened()
        service.receive(sent(body))
        outcome = service.receive(body)
        found = findings(outcome)["ca-weakened"]
        assert "synthetic" not in found
        assert not str(found["title"]).startswith("[")
        assert outcome.repeated == 0
        assert service.monitor.tenants() == sorted([synthetic_tenant(RUN), entra.TENANT])
        assert service.monitor.posture(None).tenant == entra.TENANT, "the only real one"
