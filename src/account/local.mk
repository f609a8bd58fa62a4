# The machine account: who we are in the domain, and its keys.
noinst_HEADERS += src/account/facts.h src/account/join.h
