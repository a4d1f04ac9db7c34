"""A PostgreSQL over a network: encrypted, and known by its certificate."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.postgres_url import PostgresURL
from bot.storage.engine import UnreachableDatabaseError
from bot.storage.postgres import check, open_postgres
from tests import postgres


def certificate(folder: Path, name: str) -> Path:
    """Make a certificate for `localhost` that is signed by itself, with its key beside it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl")
    made, key = folder / f"{name}.crt", folder / f"{name}.key"
    kind = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    subprocess.run((openssl, "req", *kind, *subject, "-out", made, "-keyout", key), check=True, capture_output=True)
    return made


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Path]]:
    """The port of a server and its certificate; beside that is one of somebody else."""
    postgres.need_postgres()
    with postgres._folder() as folder, socket.socket() as free:
        own = certificate(folder, "own")
        certificate(folder, "other")
        for path in (folder, own.with_suffix(".key")):
            postgres._give_away(path)
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
        free.close()
        files = {"ssl": "on", "ssl_cert_file": str(own), "ssl_key_file": str(own.with_suffix(".key"))}
        with postgres.own_server(**files, listen_addresses="127.0.0.1", port=port):
            yield port, own


@pytest.mark.parametrize(
    ("host", "how", "refusal"),
    [
        ("localhost", "sslmode=verify-full&sslrootcert={own}", None),
        ("127.0.0.1", "sslmode=verify-full&sslrootcert={own}", "IP address mismatch"),
        ("127.0.0.1", "sslmode=verify-ca&sslrootcert={own}", None),
        ("localhost", "sslmode=verify-ca&sslrootcert={other}", "CERTIFICATE_VERIFY_FAILED"),
        ("localhost", "sslmode=verify-full&sslrootcert={key}", "sslrootcert|certificate|PEM"),
        ("127.0.0.1", "sslmode=require", None),
        ("127.0.0.1", "sslmode=disable", None),
        ("127.0.0.1", "application_name=bot", None),
    ],
)
async def test_a_server_is_asked_who_it_is_as_far_as_the_address_says(
    server: tuple[str, Path], host: str, how: str, refusal: str | None
) -> None:
    port, own = server
    files = {"own": own, "other": own.with_name("other.crt"), "key": own.with_suffix(".key")}
    url = PostgresURL.read(f"postgresql://bot@{host}:{port}/postgres?{how.format(**files)}")

    if refusal is None:
        assert await check(url) in (0, 1)
    else:
        with pytest.raises(UnreachableDatabaseError, match=refusal):
            await check(url)


async def test_every_connection_is_encrypted(server: tuple[str, Path]) -> None:
    port, own = server
    where = f"sslmode=verify-full&sslrootcert={own}&application_name=secret"
    url = PostgresURL.read(f"postgresql://bot@localhost:{port}/postgres?{where}")
    async with open_postgres(url) as storage, storage._database.reading() as db:
        rows = await db.fetch(
            "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'secret'"
        )

    assert [encrypted for (encrypted,) in rows] == [True, True]
