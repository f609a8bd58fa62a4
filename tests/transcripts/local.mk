# What users type and read, with real daemons on simulated clocks.
dist_check_SCRIPTS += tests/transcripts/run
TESTS += tests/transcripts/run
