# System files: sample configuration, units.
