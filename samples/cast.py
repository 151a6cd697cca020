"""The hospital: its people, groups and apps. All invented; addresses of RFC 5737 and 3849."""

from dataclasses import dataclass

from samples.records import Dice, Initiator, Object, guid, target

DOMAIN = "lakeside.example"
PORTAL = "74658136-14ec-4630-ad9b-26e160ff0fc6"
"""Microsoft's own app id of the Entra admin centre, the same in every tenant."""


@dataclass(frozen=True, slots=True)
class Person:
    """One account with its usual address."""

    name: str
    upn: str
    ip: str

    @property
    def id(self) -> str:
        """The object id."""
        return guid(f"user/{self.upn}")

    def acting(self, ip: str | None = None) -> Initiator:
        """Return the person as the initiator, through no app that is told."""
        return Initiator(user_id=self.id, upn=self.upn, ip=ip or self.ip)

    def in_portal(self, ip: str | None = None) -> Initiator:
        """Return the person as the initiator through the admin centre: user and app both set."""
        return Initiator(
            user_id=self.id,
            upn=self.upn,
            ip=ip or self.ip,
            app="ADIbizaUX",
            app_id=PORTAL,
            principal=guid("principal/ADIbizaUX"),
        )

    def as_target(self, *modified: Object) -> Object:
        """Return the account as the target of an act."""
        written = target("User", self.id, None)
        return written | {"userPrincipalName": self.upn, "modifiedProperties": list(modified)}


@dataclass(frozen=True, slots=True)
class Group:
    """A security group."""

    name: str

    @property
    def id(self) -> str:
        """The object id."""
        return guid(f"group/{self.name}")

    def as_target(self, *modified: Object) -> Object:
        """Return the group as the target of an act."""
        return target("Group", self.id, None, *modified) | {"groupType": "unknownFutureValue"}


def app(name: str) -> Initiator:
    """Return an app of the tenant or of Microsoft as the initiator."""
    return Initiator(app=name, app_id=guid(f"app/{name}"), principal=guid(f"principal/{name}"))


def person(name: str) -> Person:
    """Return the account of that name, with an address in the hospital's range."""
    plain = name.removeprefix("Dr. ").lower().replace(" ", ".")
    upn = f"{plain}@{DOMAIN}"
    dice = Dice(f"address/{upn}")
    if dice.share() < 0.2:
        return Person(name, upn, f"2001:db8:40:{dice.below(4096):x}::{1 + dice.below(250):x}")
    return Person(name, upn, f"198.51.100.{1 + dice.below(250)}")


MARTA = person("Marta Ilvesdal")
"""Identity engineer; moves the pilot group to External MFA."""
COLIN = person("Colin Ashbrook")
"""Lead of the service desk; opens the hole."""
PRIYA = person("Priya Ramanesh")
"""Security officer; closes the hole, runs the drill."""
DARREN = person("Darren Vossgate")
"""Identity engineer whose session is stolen in the evening."""
DESK = (person("Hana Brightwell"), person("Oskar Lindell"), person("Tess Marlowe"))
"""Service desk."""
PHYSICIAN = person("Dr. Leonie Abaratu")
"""Joins today and never registers a method."""
EMERGENCY = (
    Person("Emergency Access 1", f"emergency-1@{DOMAIN}", "198.51.100.251"),
    Person("Emergency Access 2", f"emergency-2@{DOMAIN}", "198.51.100.252"),
)
"""The two break-glass accounts, outside every policy."""
PACS = Person("PACS Remote Support", f"svc-pacs@{DOMAIN}", "192.0.2.17")
"""The account that the imaging vendors share."""
VENDOR = Person("Jorun Kleivland", f"vendor.kleivland@{DOMAIN}", "192.0.2.30")
"""A technician of the imaging vendors."""
ANALYZER_ACCOUNT = Person("Analyzer 3", f"svc-analyzer-3@{DOMAIN}", "198.51.100.253")
INTRUDER_IP = "203.0.113.66"

CLINICAL = Group("Clinical Staff (Duo)")
PILOT = Group("Duo External MFA Pilot")
VENDORS = Group("Imaging Vendors")
ANALYZERS = Group("Lab Analyzers - MFA exclusion")
ORDINARY_GROUPS = tuple(
    Group(name)
    for name in (
        "Radiology Schedule Readers",
        "Ward 4 East Printers",
        "Pharmacy Shared Mailbox",
        "Cafeteria News",
        "Facilities Tickets",
        "Oncology Teaching",
        "Payroll Questions",
        "Blood Bank Rota",
        "Visitor Wi-Fi Sponsors",
        "Badge Office",
    )
)

CONNECT = app("ConnectSyncProvisioning_LKSYNC01_4c1f0ab2d7e6")
HR = app("Lakeside HR Provisioning")
PIPELINE = app("Lakeside Policy Pipeline")
SUBSTRATE = app("Microsoft Substrate Management")
AUTHENTICATOR = app("Azure MFA StrongAuthenticationService")
DEVICES = app("Device Registration Service")
INTUNE = app("Microsoft Intune")
MANAGED_IDENTITY = app("Managed Service Identity")
PRIVILEGES = app("MS-PIM")
ACCEPTANCE = app("Microsoft Invitation Acceptance Portal")

# fmt: off
_FIRST = (
    "Anselm", "Birte", "Cosima", "Dagny", "Edda", "Falk", "Greta", "Hollis", "Imke", "Jorah",
    "Katla", "Lennart", "Mirela", "Nadir", "Ottilie", "Perrin", "Quill", "Runa", "Soren", "Tamsin",
)
_LAST = ("Arkwright", "Bexfield", "Calloway", "Dunmore", "Ellerby", "Fenwick")
# fmt: on
STAFF = tuple(person(f"{first} {last}") for last in _LAST for first in _FIRST)
"""A hundred and twenty people who were here yesterday."""
