src_libw32timed_a_SOURCES += \
	src/control/control_client.c \
	src/control/control_client.h \
	src/control/control_server.c \
	src/control/control_server.h \
	src/control/control_standard.c \
	src/control/control_standard.h \
	src/control/varlink.c \
	src/control/varlink.h
nodist_src_libw32timed_a_SOURCES = src/control/descriptions.c

control_interface = src/control/io.w32timed.TimeService.varlink
varlink_interface = src/control/org.varlink.service.varlink
EXTRA_DIST += $(control_interface) $(varlink_interface)
CLEANFILES += src/control/descriptions.c

# A text file as a C string: backslashes and quotes escaped, each line quoted.
TEXT_TO_C = $(SED) -e 's/[\\"]/\\&/g' -e 's/^/	"/' -e 's/$$/\\n"/'

src/control/descriptions.c: $(control_interface) $(varlink_interface) src/control/local.mk
	$(AM_V_GEN)$(MKDIR_P) src/control && { \
	echo '#include "control/varlink.h"' && \
	echo 'const char control_interface_description[] =' && \
	$(TEXT_TO_C) $(srcdir)/$(control_interface) && echo '	;' && \
	echo 'const char varlink_interface_description[] =' && \
	$(TEXT_TO_C) $(srcdir)/$(varlink_interface) && echo '	;'; } >$@.new && mv $@.new $@
