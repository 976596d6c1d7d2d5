"""Settings of the property tests: how long an example takes depends on the machine and is no fault."""

from hypothesis import HealthCheck, settings

settings.register_profile("loom", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("loom")
