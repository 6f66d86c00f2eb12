"""Property tests here may run on a busy machine: what they prove does not depend on the clock."""

from hypothesis import settings

settings.register_profile("without a clock", deadline=None)
settings.load_profile("without a clock")
