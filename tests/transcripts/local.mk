# What users type and read, with real daemons on simulated clocks.
dist_check_SCRIPTS += tests/transcripts/run tests/transcripts/commands tests/transcripts/events tests/transcripts/second
TESTS += tests/transcripts/run tests/transcripts/commands tests/transcripts/events tests/transcripts/second
EXTRA_DIST += tests/transcripts/lib
