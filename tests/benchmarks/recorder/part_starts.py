"""A plugin of pytest that has the lines of each part recorded, whatever the parts before it executed."""

import entered_lines


def pytest_runtest_logstart() -> None:
    """Count every line anew: another part begins."""
    entered_lines.restart()
