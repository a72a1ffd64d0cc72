"""Where the shipped data files are; from a wheel see ``test_packaging``."""

import pytest

from mcsip.mc.services import SERVICES
from mcsip.resources import _data, scenarios_dir, schemas_dir


def test_the_schema_of_each_service_is_there() -> None:
    assert all((schemas_dir() / service.schema).is_file() for service in SERVICES.values())


def test_the_main_scenario_is_there() -> None:
    assert (scenarios_dir() / "authorization" / "success.yaml").is_file()


def test_an_incomplete_installation_says_so() -> None:
    with pytest.raises(FileNotFoundError, match="lacks its folder 'nothing'; reinstall it"):
        _data("nothing")
