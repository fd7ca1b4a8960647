"""What scenarios and tests share: Hypothesis without deadlines, because machines are shared and noisy."""

from hypothesis import settings

settings.register_profile("optbench", deadline=None)
settings.load_profile("optbench")
