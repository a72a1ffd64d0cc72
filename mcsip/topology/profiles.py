"""User-profile documents of a topology: read from files, and written to them (TS 24.484)."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from mcsip.document import Position
from mcsip.errors import Diagnostic
from mcsip.mc.identity import canonical_id
from mcsip.mc.profile import PartnerAccess, ProfileDocument, build_profile, parse_profile
from mcsip.mc.services import Service
from mcsip.mc.xml import MAX_BODY_OCTETS, BodyError
from mcsip.migration.policy import UserProfile
from mcsip.topology.address import parse_address
from mcsip.topology.model import Topology

SERVICE_MARK = "{service}"
"""Stands in a file's name for the key of the service of the run."""


class ProfileReader:
    """Reads the profile documents of one user.

    Args:
        service: the service of the run.
        domains: the domains of the topology's systems.
        faults: every fault is added here.
    """

    def __init__(self, service: Service, domains: Iterable[str], faults: list[Diagnostic]) -> None:
        self._service = service
        self._domains = frozenset(domains)
        self._faults = faults

    def read(self, name: str, user: str, position: Position) -> UserProfile | None:
        """Return the profile that a file holds, or None with the faults that keep it away.

        Args:
            name: the file's name, as the topology writes it, relative to the topology.
            user: MC service ID of the user whose profile it must be.
            position: where the topology names it.
        """
        name = name.replace(SERVICE_MARK, self._service.key)
        try:
            with (position.source.folder / name).open("rb") as file:
                data = file.read(MAX_BODY_OCTETS + 1)
        except OSError:
            self._faults.append(position.fault(f"there is no file {name!r}"))
            return None
        shown = str(Path(position.source.name).parent / name)
        try:
            document = parse_profile(data)
        except BodyError as fault:
            self._fault(shown, data, fault.line or 1, fault.message)
            return None
        return self._checked(document, canonical_id(user), shown, data)

    def _checked(
        self, document: ProfileDocument, user: str, shown: str, data: bytes
    ) -> UserProfile | None:
        before = len(self._faults)
        if document.service is not self._service:
            hint = f"write {SERVICE_MARK} in the file's name, and have one file for each service"
            message = f"this is a profile of {document.service.name}, not of {self._service.name}"
            self._fault(shown, data, 1, message, hint)
        if document.user != user:
            self._fault(shown, data, 1, f"this is a profile of {document.user}, not of {user}")
        for partner in document.partners:
            if partner.domain not in self._domains:
                message = f"no system of the topology has the domain {partner.domain!r}"
                self._fault(shown, data, partner.line, message)
            if partner.core is not None:
                try:
                    parse_address(partner.core)
                except ValueError as error:
                    self._fault(shown, data, partner.line, str(error))
        if len(self._faults) > before:
            return None
        return profile_of(document)

    def _fault(
        self, shown: str, data: bytes, line: int, message: str, hint: str | None = None
    ) -> None:
        lines = data.decode("utf-8", "replace").splitlines()
        text = lines[line - 1] if 0 < line <= len(lines) else ""
        column = len(text) - len(text.lstrip()) + 1
        self._faults.append(
            Diagnostic(shown, line, column, message, text, max(1, len(text.strip())), hint)
        )


def profile_of(document: ProfileDocument) -> UserProfile:
    """Return what migration reads of a document."""
    return UserProfile(
        document.index,
        document.name,
        frozenset(partner.domain for partner in document.partners),
        {
            partner.domain: PartnerAccess(partner.domain, partner.core, partner.psi)
            for partner in document.partners
        },
    )


def document_of(profile: UserProfile, user: str, service: Service) -> ProfileDocument:
    """Return the document of a user's profile, with all that is known of access to partners."""
    partners = tuple(
        profile.access.get(domain) or PartnerAccess(domain) for domain in sorted(profile.migrate_to)
    )
    return ProfileDocument(service, user, profile.index, profile.name, partners)


def render_profiles(topology: Topology) -> Mapping[str, bytes]:
    """Return the documents of all users of a topology, by file name.

    A file is named ``system.user-index.service.xml``, where ``user`` is the user part of the MC
    service ID.
    """
    found: dict[str, bytes] = {}
    for system in topology.systems.values():
        for user in system.users.values():
            who = user.mc_id.partition(":")[2].partition("@")[0]
            for profile in user.profiles.values():
                name = f"{system.name}.{who}-{profile.index}.{topology.service.key}.xml"
                found[name] = build_profile(document_of(profile, user.mc_id, topology.service))
    return found


def write_profiles(topology: Topology, folder: Path) -> list[Path]:
    """Write the documents of all users of a topology into a folder; return the files.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, data in render_profiles(topology).items():
        (folder / name).write_bytes(data)
        files.append(folder / name)
    return files
