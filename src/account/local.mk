# The machine account: who we are in the domain, and its keys.  What is told of
# it is the same everywhere, how it is found a system's own.
src_libw32timed_a_SOURCES += \
	src/account/configured.c \
	src/account/configured.h \
	src/account/facts.c \
	src/account/facts.h \
	src/account/keys.c \
	src/account/keys.h \
	src/account/sid.c \
	src/account/sid.h

if LINUX
src_libw32timed_a_SOURCES += \
	src/account/join.c \
	src/account/join.h \
	src/account/keytab.c \
	src/account/keytab.h \
	src/account/ldap.c \
	src/account/ldap.h \
	src/account/rid.c \
	src/account/samba.c \
	src/account/samba.h \
	src/account/secrets.c \
	src/account/secrets.h \
	src/account/signer.c \
	src/account/sssd.c \
	src/account/sssd.h \
	src/account/winbind.c \
	src/account/winbind.h
else
src_libw32timed_a_SOURCES += \
	src/account/system.c \
	src/account/system.h
endif
