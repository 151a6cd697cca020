"""What `monitor.toml` may say: a module of sections per subject.

Every setting has a default; an unknown key is an error, never ignored.

Secrets never stand in the file: a channel names an environment variable that holds its URL.
"""

from monitor.settings.declared import (
    AlertChannel,
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
    QuietSettings,
    ServeSettings,
    ServiceAccountSettings,
    WindowSettings,
)
from monitor.settings.eventhub import EventHubSettings
from monitor.settings.publish import AuthoritySettings, PublishSettings, WitnessSettings
from monitor.settings.root import Settings, load_settings
from monitor.settings.section import ChannelName, Day, Level, ObjectId, Said, Section, Zone
from monitor.settings.storage import StorageSettings
from monitor.settings.view import ViewSettings

__all__ = [
    "AlertChannel",
    "AlertSettings",
    "AuthoritySettings",
    "BusinessHoursSettings",
    "ChannelName",
    "Day",
    "DigestSettings",
    "DrillSettings",
    "EmergencySettings",
    "EnrolmentSettings",
    "EventHubSettings",
    "ExemptionSettings",
    "ExternalMfaSettings",
    "LedgerSettings",
    "Level",
    "MigrationSettings",
    "ObjectId",
    "ProviderSettings",
    "PublishSettings",
    "QuietSettings",
    "Said",
    "Section",
    "ServeSettings",
    "ServiceAccountSettings",
    "Settings",
    "StorageSettings",
    "ViewSettings",
    "WindowSettings",
    "WitnessSettings",
    "Zone",
    "load_settings",
]
