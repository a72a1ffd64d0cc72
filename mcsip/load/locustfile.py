"""The file to give to Locust: ``locust -f "$(python -m mcsip.load.locustfile)" --scenario FILE``.

Run as a module it prints where it is, so that it need not be looked for; loaded by Locust it brings
the users of ``locust_user`` and the arguments of ``locust_listeners``.
"""

import sys
from importlib.util import find_spec

EXIT_MISSING = 4
"""Exit code where a tool is missing, as that of ``mcsip``."""

if __name__ == "__main__":
    if find_spec("locust") is None:
        sys.stderr.write("Error: Locust is not installed: pip install 'mcsip[load]'\n")
        sys.exit(EXIT_MISSING)
    sys.stdout.write(f"{__file__}\n")
else:
    from locust import events

    from mcsip.load.locust_listeners import add_listeners
    from mcsip.load.locust_user import McsipUser

    add_listeners(events)

    class MissionCriticalUser(McsipUser):
        """One user of the scenario's MC systems."""
