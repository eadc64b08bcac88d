"""Settings of hypothesis: no files beside the tests, no failures by a busy machine."""

from pathlib import Path

from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

set_hypothesis_home_dir(Path(__file__).parents[2] / "target" / "hypothesis")
settings.register_profile("project", database=None, deadline=None)
settings.load_profile("project")

# The same as the entry point of the package, which is not there when the package is not installed.
pytest_plugins = ["mqtt_core.testing_plugin"]
