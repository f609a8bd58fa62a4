# The program that keeps the right to read the machine account's keys.  Where
# there is another way to them (Windows), there is none.
if LINUX
libexec_PROGRAMS += src/w32timed-account/w32timed-account
src_w32timed_account_w32timed_account_SOURCES = src/w32timed-account/main.c
src_w32timed_account_w32timed_account_LDADD = $(PROGRAM_LIBS)
endif
