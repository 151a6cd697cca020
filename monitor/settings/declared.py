"""The sections in which people declare what the rules and the alerts are to know."""

from datetime import date, time
from typing import Self

from pydantic import AwareDatetime, Field, model_validator

from monitor.settings.section import ChannelName, Day, Level, ObjectId, Said, Section, Zone


class LedgerSettings(Section):
    """`[ledger]`: written once into the genesis batch.

    Trust: whoever chooses the origin before the first commit chooses the name checkpoints carry.
    """

    origin: str = Field(
        default="entra-mfa-monitor.local/ledger", pattern=r"^[a-z0-9][a-z0-9./_-]*$"
    )


class EnrolmentSettings(Section):
    """`[enrolment]`: how long a new account may be without an MFA method.

    Trust: a longer deadline hides an unprotected account for longer; deadlines already running keep
    the value they started with.
    """

    deadline_hours: float = Field(default=24.0, gt=0, le=24 * 365)
    guests: bool = False


class EmergencySettings(Section):
    """`[emergency]`: the object ids of emergency-access accounts, confirmed by a person.

    Trust: dropping one of these from an exclusion is a finding; one that is not listed is only
    pointed out.
    """

    accounts: tuple[ObjectId, ...] = ()


class ExternalMfaSettings(Section):
    """`[external_mfa]`: users whose only second factor is External MFA, by object id.

    Trust: without them a demand for an authentication strength is not seen as a lock-out.
    """

    only: tuple[ObjectId, ...] = ()


class ProviderSettings(Section):
    """One `[[providers]]`: the trust anchor of an approved External MFA provider.

    Trust: a provider configured like this raises no finding when it is added or changed.
    """

    app_id: ObjectId
    client_id: ObjectId
    discovery_host: str = Field(pattern=r"^[A-Za-z0-9.-]+$")


class DrillSettings(Section):
    """One `[[drills]]`: a declared use of emergency-access accounts.

    Trust: a use of these accounts inside the drill is information only.
    """

    accounts: tuple[ObjectId, ...]
    start: AwareDatetime
    end: AwareDatetime
    owner: str


class ExemptionSettings(Section):
    """One `[[exemptions]]`: an approved exception for one object, with an end.

    Trust: findings about this object are lowered to low until it expires; nothing is dropped.
    """

    object: ObjectId
    owner: Said
    reason: Said
    ticket: Said
    expires: AwareDatetime


class ServiceAccountSettings(Section):
    """One `[[service_accounts]]`: a user account that a service signs in with for now.

    It is an approved exception with an owner and an end: a workload identity should take its place.

    Trust: findings about this account are lowered to low until it expires; nothing is dropped.
    """

    account: ObjectId
    owner: Said
    replaced_by: str = "a workload identity"
    ticket: Said
    expires: AwareDatetime


class WindowSettings(Section):
    """One `[[windows]]`: a change window, for everybody or for one actor (object id or name).

    Trust: whoever changes something inside it alarms one step more softly, never below low.
    """

    start: AwareDatetime = Field(alias="from")
    end: AwareDatetime = Field(alias="to")
    owner: Said
    ticket: Said
    actor: ObjectId | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.end <= self.start:
            raise ValueError("`to` must be later than `from`")
        return self


class BusinessHoursSettings(Section):
    """`[business_hours]`: when changes are expected, in the time of `zone` (IANA name).

    Trust: none; it only adds the words "outside business hours" to the details of a finding.
    """

    zone: Zone | None = None
    days: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri")
    start: time = time(7)
    end: time = time(19)

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.end <= self.start:
            raise ValueError("`end` must be later than `start`")
        return self


class MigrationSettings(Section):
    """`[migration]`: from a legacy custom control (Duo) to External MFA, and by when.

    `mandatory_mfa` is the day from which Microsoft demands MFA of this tenant's administrators, as
    its message center or a postponement says. The digest counts down to both days.

    Trust: none; the countdown is information, no finding is changed by it.
    """

    legacy_control: ObjectId | None = None
    complete_by: date | None = None
    mandatory_mfa: date | None = None
    owner: str = ""


class ServeSettings(Section):
    """`[serve]`: where `run` listens and which directory it watches.

    Trust: whoever can write to the inbox or reach the address can add records, never remove any.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8711, ge=0, le=65535)
    inbox: str = "inbox"


class QuietSettings(Section):
    """`[alerts.channels.quiet]`: daily hours in the time of `zone` that hold low and medium back.

    They may run over midnight; what was held back is sent when they end.

    Trust: a finding below high may wait until the hours end; high and critical never wait.
    """

    zone: Zone
    start: time = Field(default=time(22), alias="from")
    end: time = Field(default=time(7), alias="to")

    @model_validator(mode="after")
    def _is_not_all_day(self) -> Self:
        if self.start == self.end:
            raise ValueError("`from` and `to` are the same: there would be no end to it")
        return self


class AlertChannel(Section):
    """One `[[alerts.channels]]`: an address, and which findings go there.

    The address is an Apprise URL (`url`), the environment variable that holds one (`url_env`), or
    every address with that `tag` in Apprise's own configuration. A finding goes there when it is at
    least `minimum`, of one of the `tenants`, of a rule that one of the `rules` matches (`ca-*`),
    and with `privileged_only` about a privileged role or account; nothing given means any.

    Trust: the URL is a credential; `url` in the file is for URLs without a secret, `url_env` for
    the rest. A finding that no channel takes stands in the ledger but wakes nobody.
    """

    name: ChannelName
    url: str | None = None
    url_env: str | None = None
    tag: str | None = None
    minimum: Level | None = None
    tenants: tuple[ObjectId, ...] = ()
    rules: tuple[ObjectId, ...] = ()
    privileged_only: bool = False
    quiet: QuietSettings | None = None


class AlertSettings(Section):
    """`[alerts]`: where findings go, and from which severity on.

    The `escalation` channels get what is high or critical and not acknowledged
    `escalate_after_minutes` after it was filed, and nothing else. A channel that has taken nothing
    for `failing_after_minutes`, or gave a finding up, is a finding that goes to the `fallback`
    channel. Above `most_messages` in ten minutes a channel gets summaries.
    `apprise_config` is a file in Apprise's own format (text or YAML with tags),
    `apprise_config_env` the variable that holds such a text. `auditor_url` is where the auditor
    pages of this deployment are.

    Trust: a finding below `minimum` stands in the ledger but wakes nobody. Whoever can write the
    Apprise file chooses where alerts go.
    """

    minimum: Level = "low"
    channels: tuple[AlertChannel, ...] = ()
    fallback: ChannelName | None = None
    escalation: tuple[ChannelName, ...] = ()
    escalate_after_minutes: int = Field(default=30, ge=1, le=24 * 60)
    failing_after_minutes: int = Field(default=30, ge=1, le=7 * 24 * 60)
    most_messages: int = Field(default=20, ge=1, le=50)
    auditor_url: str | None = Field(default=None, pattern=r"^https?://[A-Za-z0-9._~:/\[\]-]+$")
    apprise_config: str | None = None
    apprise_config_env: str | None = None


class DigestSettings(Section):
    """`[digest]`: a mail each day (`daily`) or on a day of the week (`weekly`), `at` that time.

    `at` is in the time of `zone`. It goes to the channels named; a channel named here may also be
    one that takes alerts.

    Trust: none; it repeats what stands in the ledger, with the checkpoint as it was then, which
    makes every mailbox a witness of the ledger.
    """

    zone: Zone = "UTC"
    at: time = time(7)
    daily: bool = False
    weekly: Day | None = None
    channels: tuple[ChannelName, ...] = ()
