"""Record in every Python process that has this folder on its path which lines of a package it executes."""

import entered_lines

entered_lines.start()
