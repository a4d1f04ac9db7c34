"""The address of a database of PostgreSQL, whose password is never shown."""

import re
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, quote, unquote, urlsplit

SCHEMES = ("postgresql", "postgres")
TLS_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
# What asyncpg reads in an address; anything else would be taken for a setting of the server.
PARAMETERS = frozenset(
    (
        *("host", "port", "user", "password", "passfile", "sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword"),
        *("sslcrl", "sslnegotiation", "ssl_min_protocol_version", "ssl_max_protocol_version", "target_session_attrs"),
        "application_name",
    )
)
SECRET_PARAMETERS = ("password", "sslpassword")
# Those that name a file.
FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
# "host=db password=secret", as PostgreSQL's own programs take it too: no path begins like that.
_KEYWORDS = re.compile(r"(?:host|hostaddr|port|dbname|user|password|passfile|service|sslmode)\s*=")


@dataclass(frozen=True, slots=True)
class PostgresURL:
    """Where a database is: `whole` is for the driver alone; as text, it is what may be shown."""

    whole: str = field(repr=False)
    shown: str

    @classmethod
    def read(cls, value: str) -> Self:
        """Read an address such as `postgresql://user:password@host:5432/name?sslmode=require`.

        Raises:
            ValueError: it is none, or has a parameter that does not work; the error does not repeat it.
        """
        try:
            parts = urlsplit(value)
            parameters = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        except ValueError:
            raise ValueError("not an address") from None
        name, place = unquote(parts.path[1:]), parts.netloc.rpartition("@")[2]
        if (
            parts.scheme not in SCHEMES
            or not re.fullmatch(r"/[^/\0]+", f"/{name}")
            or parts.fragment
            or parts.netloc.count("@") > 1
            or not all(map(_is_place, place.split(",")))
            or not PARAMETERS.issuperset(parameters)
            or parameters.get("sslmode", "prefer") not in TLS_MODES
        ):
            raise ValueError("not an address of a database")
        user = unquote(parts.username or parameters.get("user", ""))
        socket = f"?host={parameters['host']}" if "host" in parameters else ""
        who = f"{quote(user)}@" if user else ""
        return cls(value, f"postgresql://{who}{place}/{quote(name)}{socket}")

    def __str__(self) -> str:
        return self.shown

    @property
    def files(self) -> list[str]:
        """Return the files that the connection needs, and the sockets."""
        parameters = dict(parse_qsl(urlsplit(self.whole).query))
        folders = [host for host in parameters.get("host", "").split(",") if host.startswith("/")]
        sockets = [f"{folder}/.s.PGSQL.{parameters.get('port', '5432')}" for folder in folders]
        return [*(parameters[name] for name in FILES if name in parameters), *sockets]


def _is_place(place: str) -> bool:
    """Tell whether this is a machine and perhaps its port, or nothing."""
    found = re.fullmatch(r"(?:\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::([0-9]{1,5}))?", place)
    return found is not None and (found[1] is None or 0 < int(found[1]) <= 65535)


def is_url(value: str) -> bool:
    """Tell whether a value is meant to be the address of some database, rather than a path."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", value) is not None or _KEYWORDS.match(value) is not None


def secrets_of(value: str, *, shortest: int) -> list[str]:
    """Return what must not be shown of an address, the longest first, even of one that does not work.

    A password with less than `shortest` characters may be a part of any word: it is one only where an address has it.
    """
    found: list[tuple[str, str]] = []
    authority = re.match(r"[^:/]+://[^:/?#]*:(.*)@", value)
    if authority is not None:
        found.append((f":{authority[1]}@", authority[1]))
    names = "|".join(SECRET_PARAMETERS)
    for name, password in re.findall(rf"[?&]({names})=([^&#]+)", value):
        found.append((f"{name}={password}", password))
    if _KEYWORDS.match(value):
        given = re.finditer(rf"(?<!\S)(?:{names})\s*=\s*('(?:[^'\\]|\\.)*'|\S+)", value)
        found += [(each[0], each[1].strip("'")) for each in given]
    alone = [form for _, password in found for form in (password, unquote(password)) if len(form) >= shortest]
    return [value, *(whole for whole, _ in found), *alone] if found else []
