src_libw32timed_a_SOURCES += \
	src/config/checks.c \
	src/config/checks.h \
	src/config/config.c \
	src/config/config.h \
	src/config/config_internal.h \
	src/config/config_types.h \
	src/config/edit.c \
	src/config/edit.h \
	src/config/edit_file.c \
	src/config/keys.c \
	src/config/keys.h \
	src/config/lines.c \
	src/config/lines.h \
	src/config/load.c \
	src/config/load.h \
	src/config/parse.c \
	src/config/peer_list.c \
	src/config/peer_list.h \
	src/config/problems.c \
	src/config/values.c
