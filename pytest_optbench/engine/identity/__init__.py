"""Identity of values and of code. Importing the package registers the encoders of the less common types."""

from . import encoders as encoders
