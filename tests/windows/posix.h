/* What the unit tests use of POSIX, on Windows: read before everything else in
 * their Windows builds, so that the tests need no second form.  Only as much as
 * they use, and only as they use it. */
#ifndef W32TIMED_TESTS_WINDOWS_POSIX_H
#define W32TIMED_TESTS_WINDOWS_POSIX_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "platform/sockets.h"

/* Windows' headers are generous with short macros. */
#undef near
#undef far
#undef small
#undef hyper
#undef OPTIONAL

/* Sockets are int in the tests; Windows' handles fit. */
#define SOCK_NONBLOCK 0x800
#define SOCK_CLOEXEC  0x80000
#define MSG_DONTWAIT  0x1000000
#define MSG_NOSIGNAL  0
#ifndef AF_UNIX
#define AF_UNIX 1
#endif

/* Before libevent wants a pair of them; here, since not every test needs posix.c. */
__attribute__((constructor)) static void posix_begin(void)
{
	WSADATA data;

	WSAStartup(MAKEWORD(2, 2), &data);
}

int posix_socket(int family, int type, int protocol);
int posix_socketpair(int family, int type, int protocol, int pair[2]);
int posix_bind(int handle, const struct sockaddr *address, socklen_t length);
int posix_getsockname(intptr_t handle, struct sockaddr *address, socklen_t *length);
ssize_t posix_recvfrom(int handle, void *data, size_t size, int flags, struct sockaddr *from,
		       socklen_t *length);
ssize_t posix_sendto(int handle, const void *data, size_t size, int flags,
		     const struct sockaddr *to, socklen_t length);
int posix_setsockopt(int handle, int level, int name, const void *value, socklen_t length);
int posix_close(int handle); /* a socket or a file */

ssize_t posix_recv(int handle, void *data, size_t size, int flags);
ssize_t posix_send(int handle, const void *data, size_t size, int flags);
/* The pipe that is called like a file of DIRECTORY. */
void posix_local_path(char *path, size_t size, const char *directory, const char *name);
#define local_path posix_local_path

int posix_fcntl(int handle, int command);
int posix_poll(struct pollfd *events, unsigned long count, int timeout);

/* Not with arguments: members of these names are to be renamed as well. */
#define socket      posix_socket
#define socketpair  posix_socketpair
#define bind        posix_bind
#define getsockname posix_getsockname
#define recvfrom    posix_recvfrom
#define recv        posix_recv
#define sendto      posix_sendto
#define send        posix_send
#define setsockopt  posix_setsockopt
#define close       posix_close
#define fcntl       posix_fcntl
#define poll        posix_poll

#define F_GETFL    1
#define F_GETFD    2
#define O_NONBLOCK 1
#define FD_CLOEXEC 1
#define SHUT_WR    SD_SEND

/* Unix sockets, in as far as programs of the test connect to each other. */
struct sockaddr_un {
	unsigned short sun_family;
	char sun_path[108];
};
int posix_bind_unix(int handle, const struct sockaddr_un *name);
int posix_connect_unix(const char *path, socket_handle *connection); /* as local_connect() */
/* Mode 0 closes a folder to those who connect, every other opens it again. */
int posix_chmod(const char *folder, int mode);
#define chmod posix_chmod

/* Something that can be ignored. */
#define SIGPIPE SIGBREAK

/* What unit.h takes for granted elsewhere: asked of this Windows, which may be Wine. */
bool posix_has_own_addresses(void);
bool posix_has_chosen_sources(void);
bool posix_has_arrival_stamps(void);
bool posix_has_refusals(void);
#define OWN_ADDRESSES  posix_has_own_addresses()
#define CHOSEN_SOURCES posix_has_chosen_sources()
#define RECEIVE_STAMPS posix_has_arrival_stamps()
#define REFUSALS       posix_has_refusals()
/* clock() counts the time that passes. */
#define WORKING_TIME false
/* No Windows tells when a datagram left. */
#define TRANSMIT_STAMPS false
/* Has udp_receive() say what REFUSALS is about, if the system does not; false if it does. */
struct udp_socket;
struct loop_watch;
bool posix_tell_closed_port(const struct udp_socket *socket, const struct loop_watch *readable);
#define TELL_CLOSED_PORT posix_tell_closed_port

/* Of the daemon's log. */
#define LINE_END "\r\n"

/* $TZ is nothing to Windows' own functions. */
#define ZONE_ROWS

/* --- Threads ---------------------------------------------------------------------- */

typedef HANDLE posix_thread;
int posix_thread_create(posix_thread *thread, const void *attributes, void *(*run)(void *),
			void *context);
int posix_thread_join(posix_thread thread, void **result); /* RESULT: NULL */
#define pthread_t      posix_thread
#define pthread_create posix_thread_create
#define pthread_join   posix_thread_join

/* --- Files, time, environment ---------------------------------------------------- */

#undef P_tmpdir
#define P_tmpdir "."

char *posix_mkdtemp(char *template);
#define mkdtemp           posix_mkdtemp
#define mkdir(path, mode) _mkdir(path)
int _mkdir(const char *path);

FILE *posix_open_memstream(char **text, size_t *length);
int posix_fflush(FILE *file);
int posix_fclose(FILE *file);
#define open_memstream posix_open_memstream
#define fflush         posix_fflush
#define fclose         posix_fclose

/* In binary mode, as everywhere else. */
FILE *posix_fopen(const char *path, const char *mode);
#define fopen posix_fopen

/* Somebody without special rights, who stays so. */
#define geteuid()      1000
#define getuid()       1000
#define getgid()       1000
#define seteuid(user)  0
#define setegid(group) 0

int posix_setenv(const char *name, const char *value, int overwrite);
int posix_unsetenv(const char *name);
#define setenv   posix_setenv
#define unsetenv posix_unsetenv

#ifndef CLOCK_MONOTONIC_RAW
#define CLOCK_MONOTONIC_RAW 4
#endif
int posix_clock_gettime(int id, struct timespec *time);
#define clock_gettime posix_clock_gettime

#endif
