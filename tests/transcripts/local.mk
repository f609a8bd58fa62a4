# What users type and read, with real daemons on simulated clocks.
dist_check_SCRIPTS += tests/transcripts/run tests/transcripts/commands
TESTS += tests/transcripts/run tests/transcripts/commands
EXTRA_DIST += tests/transcripts/lib
