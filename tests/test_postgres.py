"""The PostgreSQL that the tests start: it works, stops, and comes back with what it had."""

from tests import postgres


def test_a_server_keeps_what_it_has_when_it_is_killed_and_a_standby_follows_it() -> None:
    with postgres.own_server() as server:
        server.sql("CREATE TABLE kept (n int)")
        server.sql("INSERT INTO kept VALUES (1)")
        server.kill()
        server.start()
        with postgres.standby_of(server) as standby:
            assert standby.sql("SELECT n, pg_is_in_recovery() FROM kept") == "1|t"
            server.restart()

        assert server.sql("SELECT n, pg_is_in_recovery() FROM kept") == "1|f"
