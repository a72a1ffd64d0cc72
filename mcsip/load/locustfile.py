"""The file to give to Locust: ``locust -f "$(python -m mcsip.load.locustfile)" --scenario FILE``.

Run as a module it prints where it is, so that it need not be looked for; loaded by Locust it brings
the users and the arguments of ``locust_user``.
"""

import sys

if __name__ == "__main__":
    sys.stdout.write(f"{__file__}\n")
else:
    from locust import events

    from mcsip.load.locust_user import McsipUser, add_listeners

    add_listeners(events)

    class MissionCriticalUser(McsipUser):
        """One user of the scenario's MC systems."""
