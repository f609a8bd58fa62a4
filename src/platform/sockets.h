/* The system's own socket headers, chosen in one place. */
#ifndef W32TIMED_PLATFORM_SOCKETS_H
#define W32TIMED_PLATFORM_SOCKETS_H

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
/* if_nametoindex() wants the above */
#include <iphlpapi.h>
/* which brings along a macro that is none of our business */
#undef interface
typedef SOCKET socket_handle;
#define SOCKET_HANDLE_NONE INVALID_SOCKET
#else
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
typedef int socket_handle;
#define SOCKET_HANDLE_NONE (-1)
#endif

#endif
