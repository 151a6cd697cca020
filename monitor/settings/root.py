"""The whole of `monitor.toml`, and how it is read."""

import hashlib
import tomllib
from pathlib import Path

from pydantic import ValidationError

from monitor.errors import InvalidInput
from monitor.settings.declared import (
    AlertSettings,
    BusinessHoursSettings,
    DigestSettings,
    DrillSettings,
    EmergencySettings,
    EnrolmentSettings,
    ExemptionSettings,
    ExternalMfaSettings,
    LedgerSettings,
    MigrationSettings,
    ProviderSettings,
    ServeSettings,
    ServiceAccountSettings,
    WindowSettings,
)
from monitor.settings.eventhub import EventHubSettings
from monitor.settings.publish import PublishSettings
from monitor.settings.section import Section
from monitor.settings.storage import StorageSettings
from monitor.settings.view import ViewSettings


class Settings(Section):
    """The whole of `monitor.toml`."""

    ledger: LedgerSettings = LedgerSettings()
    storage: StorageSettings = StorageSettings()
    publish: PublishSettings = PublishSettings()
    view: ViewSettings = ViewSettings()
    eventhub: EventHubSettings = EventHubSettings()
    enrolment: EnrolmentSettings = EnrolmentSettings()
    emergency: EmergencySettings = EmergencySettings()
    external_mfa: ExternalMfaSettings = ExternalMfaSettings()
    providers: tuple[ProviderSettings, ...] = ()
    drills: tuple[DrillSettings, ...] = ()
    exemptions: tuple[ExemptionSettings, ...] = ()
    service_accounts: tuple[ServiceAccountSettings, ...] = ()
    windows: tuple[WindowSettings, ...] = ()
    business_hours: BusinessHoursSettings = BusinessHoursSettings()
    migration: MigrationSettings = MigrationSettings()
    serve: ServeSettings = ServeSettings()
    alerts: AlertSettings = AlertSettings()
    digest: DigestSettings = DigestSettings()


def load_settings(path: Path | None) -> tuple[Settings, str | None]:
    """Read `monitor.toml` and return the settings with the SHA-256 (hex) of the file's bytes.

    No path means the defaults and no hash.

    Raises:
        InvalidInput: the file is missing, is not TOML, or holds a key or value that is not allowed;
        the message names file, key and reason.
    """
    if path is None:
        return Settings(), None
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be read ({error.strerror})") from error
    try:
        parsed = tomllib.loads(content.decode())
        settings = Settings.model_validate(parsed)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path}: is not UTF-8 at byte {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{path}: is not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"{path}: {key}: {first['msg']}") from error
    return settings, hashlib.sha256(content).hexdigest()
