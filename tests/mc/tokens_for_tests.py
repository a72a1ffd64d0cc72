"""Keys, certificates and identity management servers for tests."""

from itertools import count

from mcsip.mc.certificates import SigningCertificate, read_certificates
from mcsip.mc.idms import Idms
from mcsip.mc.keys import KeyRing, SigningKey

NOW = 1_800_000_000.0
YEAR_S = 365 * 86_400.0
CLIENT = "urn:uuid:00000000-0000-4000-8000-000000000001"
ALICE = "sip:alice@primary.example"
BOB = "sip:bob@primary.example"
VISITOR = "sip:visitor-1@tactical.example"
PRIMARY_IDMS = "https://idms.primary.example"
TACTICAL_IDMS = "https://idms.tactical.example"
PASSWORD = "correct horse"
SCOPE = "openid 3gpp:mc:ptt_service"
PRIMARY_KEY = SigningKey.from_seed(b"primary")
TACTICAL_KEY = SigningKey.from_seed(b"tactical")


class Letters:
    """Token identifiers that repeat from run to run."""

    def __init__(self) -> None:
        self._numbers = count()

    def token(self) -> str:
        return "id" + "".join(chr(ord("a") + int(d)) for d in str(next(self._numbers)))


def certificate(
    key: SigningKey = PRIMARY_KEY, domain: str = "primary.example", wall: float = NOW
) -> SigningCertificate:
    (made,) = read_certificates(key.certificate(domain, wall, YEAR_S))
    return made


class Accounts:
    """Alice may visit the tactical system and is provisioned there; Bob is neither."""

    def login(self, username: str, password: str) -> str | None:
        return username if username in {ALICE, BOB} and password == PASSWORD else None

    def refusal_to_visit(self, mc_id: str, partner: str) -> str | None:
        return None if mc_id == ALICE else "partner-not-permitted"

    def visitor_id(self, user: str) -> str | None:
        return VISITOR if user == ALICE else None


def primary(ring: KeyRing | None = None) -> Idms:
    return Idms(
        "primary.example",
        ring or KeyRing(PRIMARY_KEY),
        dict,
        ["tactical.example"],
        Accounts(),
        Letters(),
    )


def tactical(
    held: dict[str, tuple[SigningCertificate, ...]] | None = None, ring: KeyRing | None = None
) -> Idms:
    certificates = {"primary.example": (certificate(),)} if held is None else held
    return Idms(
        "tactical.example",
        ring or KeyRing(TACTICAL_KEY),
        lambda: certificates,
        ["primary.example"],
        Accounts(),
        Letters(),
    )
