#include "config.h"

#include "platform/windows/pipe_bridge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "platform/windows/error.h"
#include "platform/windows/pipe_access.h"
#include "platform/windows/socket.h"

/* How long what the daemon said last may take to be read once it closes. */
#define CLOSE_MS 1000
/* How often clients that do not read or speak are looked at. */
#define TICK_MS  5000
#define RETRY_MS 1000

/* What is under way in one direction: reading into the buffer or writing from it,
 * never both. */
struct flow {
	OVERLAPPED overlapped;
	bool busy; /* the system has it */
	bool writing;
	bool ended;
	ULONGLONG since; /* ms, when what is under way began */
	DWORD length, done;
	char buffer[PIPE_BUFFER_SIZE];
};

struct link {
	struct link *next, **at; /* at: what points at us */
	HANDLE pipe;
	socket_handle socket; /* the other end is the daemon's; NONE until introduced */
	struct flow in;       /* from the client to the daemon */
	struct flow out;
	struct local_peer peer;
	bool connected; /* a client is there */
};

struct pipe_bridge {
	wchar_t *name;
	PSECURITY_DESCRIPTOR access;
	HANDLE port;
	HANDLE thread;
	/* The thread's alone: */
	struct link *links;
	struct link *waiting; /* for a client; one of the links */
	unsigned count;
	ULONGLONG closing; /* ms, when everything must have ended; 0: not closing */
	/* Shared, under the lock: connections to accept. */
	CRITICAL_SECTION lock;
	socket_handle bell;
	unsigned queued;
	struct {
		socket_handle connection;
		struct local_peer peer;
	} queue[PIPE_CONNECTIONS_MAX];
};

/* --- Links ----------------------------------------------------------------------- */

static void link_free(struct pipe_bridge *bridge, struct link *link)
{
	*link->at = link->next;
	if (link->next != NULL)
		link->next->at = link->at;
	if (bridge->waiting == link)
		bridge->waiting = NULL;
	bridge->count--;
	if (link->socket != SOCKET_HANDLE_NONE)
		closesocket(link->socket);
	if (link->pipe != INVALID_HANDLE_VALUE)
		CloseHandle(link->pipe);
	free(link);
}

/* What the system has under way comes back as ended. */
static void link_cut(struct link *link)
{
	link->in.ended = link->out.ended = true;
	CancelIoEx(link->pipe, NULL);
	if (link->socket != SOCKET_HANDLE_NONE)
		CancelIoEx((HANDLE)link->socket, NULL);
}

static void flow_end(struct link *link, struct flow *flow)
{
	flow->ended = true;
	if (flow == &link->out) /* the daemon has closed, or the client is gone */
		link_cut(link);
	else if (link->socket != SOCKET_HANDLE_NONE) /* the daemon shall read to the end */
		shutdown(link->socket, SD_SEND);
	else
		link_cut(link);
}

/* Begins to read or to write on; false: the end. */
static bool flow_try(struct link *link, struct flow *flow)
{
	bool to_pipe = (flow == &link->out) == flow->writing;
	char *data = flow->buffer + (flow->writing ? flow->done : 0);
	DWORD size = flow->writing ? flow->length - flow->done : sizeof flow->buffer;
	WSABUF buffer = { size, data };
	DWORD flags = 0;

	memset(&flow->overlapped, 0, sizeof flow->overlapped);
	if (to_pipe && flow->writing)
		return WriteFile(link->pipe, data, size, NULL, &flow->overlapped) ||
		       GetLastError() == ERROR_IO_PENDING;
	if (to_pipe)
		return ReadFile(link->pipe, data, size, NULL, &flow->overlapped) ||
		       GetLastError() == ERROR_IO_PENDING;
	if (flow->writing)
		return WSASend(link->socket, &buffer, 1, NULL, 0, &flow->overlapped, NULL) == 0 ||
		       WSAGetLastError() == WSA_IO_PENDING;
	return WSARecv(link->socket, &buffer, 1, NULL, &flags, &flow->overlapped, NULL) == 0 ||
	       WSAGetLastError() == WSA_IO_PENDING;
}

static void flow_go(struct link *link, struct flow *flow)
{
	if (flow->ended)
		return;
	flow->since = GetTickCount64();
	flow->busy = flow_try(link, flow);
	if (!flow->busy)
		flow_end(link, flow);
}

/* --- Clients ---------------------------------------------------------------------- */

static bool has_room_for(const struct pipe_bridge *bridge, const struct local_peer *peer)
{
	unsigned same = 0;

	if (peer->may_change)
		return bridge->count <= PIPE_CONNECTIONS_MAX;
	for (const struct link *link = bridge->links; link != NULL; link = link->next)
		same += link->connected && link->peer.user == peer->user;
	return same <= PIPE_CONNECTIONS_USER_MAX &&
	       bridge->count <= PIPE_CONNECTIONS_MAX - PIPE_CONNECTIONS_KEPT;
}

static bool enqueue(struct pipe_bridge *bridge, socket_handle connection,
		    const struct local_peer *peer)
{
	bool room;

	EnterCriticalSection(&bridge->lock);
	room = bridge->queued < PIPE_CONNECTIONS_MAX;
	if (room) {
		bridge->queue[bridge->queued].connection = connection;
		bridge->queue[bridge->queued++].peer = *peer;
		socket_bell_ring(bridge->bell);
	}
	LeaveCriticalSection(&bridge->lock);
	return room;
}

/* The client, whom we know now as well as we ever will, is offered to the daemon. */
static bool link_introduce(struct pipe_bridge *bridge, struct link *link)
{
	socket_handle ends[2];

	if (!has_room_for(bridge, &link->peer) || socket_pair(ends, NULL) < 0)
		return false;
	if (CreateIoCompletionPort((HANDLE)ends[0], bridge->port, (ULONG_PTR)link, 0) == NULL ||
	    !enqueue(bridge, ends[1], &link->peer)) {
		closesocket(ends[0]);
		closesocket(ends[1]);
		return false;
	}
	link->socket = ends[0];
	flow_go(link, &link->out);
	return true;
}

/* A client that cannot be told who it is until it speaks, and has not spoken. */
static bool is_silent(const struct link *link)
{
	return link->connected && link->socket == SOCKET_HANDLE_NONE && link->in.busy &&
	       !link->in.ended;
}

/* The silent ones may all be one user's, who shall not keep others out: the one that
 * has been so for longest goes. */
static bool make_room(const struct pipe_bridge *bridge)
{
	struct link *oldest = NULL;

	for (struct link *link = bridge->links; link != NULL; link = link->next) {
		if (is_silent(link))
			oldest = link; /* the newest is the first */
	}
	if (oldest == NULL)
		return false;
	link_cut(oldest);
	return true;
}

static void link_connected(struct pipe_bridge *bridge, struct link *link)
{
	int result;

	link->connected = true;
	result = pipe_access_identify(link->pipe, &link->peer);
	if (result == -EAGAIN ? has_room_for(bridge, &link->peer) || make_room(bridge)
			      : link_introduce(bridge, link))
		flow_go(link, &link->in);
	else
		link_cut(link);
}

static void flow_finished(struct pipe_bridge *bridge, struct link *link, struct flow *flow,
			  bool good, DWORD length)
{
	flow->busy = false;
	if (flow->ended)
		return;
	/* An empty write of the client's is no end, an empty read of the daemon's is. */
	if (!good || (length == 0 && flow == &link->out && !flow->writing)) {
		flow_end(link, flow);
		return;
	}
	if (flow->writing) {
		flow->done += length;
		flow->writing = flow->done < flow->length;
	} else if (length > 0) {
		flow->length = length;
		flow->done = 0;
		flow->writing = true;
	}
	if (link->socket == SOCKET_HANDLE_NONE) {
		pipe_access_identify(link->pipe, &link->peer);
		if (!link_introduce(bridge, link)) {
			link_cut(link);
			return;
		}
	}
	flow_go(link, flow);
}

/* --- Waiting for clients ------------------------------------------------------------ */

static HANDLE make_instance(const struct pipe_bridge *bridge, DWORD first)
{
	SECURITY_ATTRIBUTES attributes = { .nLength = sizeof attributes,
					   .lpSecurityDescriptor = bridge->access };

	return CreateNamedPipeW(
		bridge->name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | first,
		PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
		PIPE_UNLIMITED_INSTANCES, PIPE_BUFFER_SIZE, PIPE_BUFFER_SIZE, 0, &attributes);
}

static int add_instance(struct pipe_bridge *bridge, DWORD first)
{
	struct link *link = calloc(1, sizeof *link);
	DWORD code;

	if (link == NULL)
		return -ENOMEM;
	link->socket = SOCKET_HANDLE_NONE;
	link->pipe = make_instance(bridge, first);
	if (link->pipe == INVALID_HANDLE_VALUE ||
	    CreateIoCompletionPort(link->pipe, bridge->port, (ULONG_PTR)link, 0) == NULL) {
		code = GetLastError();
		if (link->pipe != INVALID_HANDLE_VALUE)
			CloseHandle(link->pipe);
		free(link);
		/* What the system says of a first instance that is not the first. */
		return first != 0 && (code == ERROR_ACCESS_DENIED || code == ERROR_PIPE_BUSY)
			       ? -EADDRINUSE
			       : -errno_from_windows(code);
	}
	link->at = &bridge->links;
	link->next = bridge->links;
	if (link->next != NULL)
		link->next->at = &link->next;
	bridge->links = link;
	bridge->waiting = link;
	bridge->count++;
	return 0;
}

/* Called by the thread only: what it begins ends with the thread. */
static void wait_for_client(struct pipe_bridge *bridge)
{
	struct link *link = bridge->waiting;

	if (link == NULL || link->in.busy)
		return;
	memset(&link->in.overlapped, 0, sizeof link->in.overlapped);
	link->in.busy = true;
	if (ConnectNamedPipe(link->pipe, &link->in.overlapped) ||
	    GetLastError() == ERROR_IO_PENDING)
		return;
	/* One is there already, or was and has left, which reading will show. */
	PostQueuedCompletionStatus(bridge->port, 0, (ULONG_PTR)link, &link->in.overlapped);
}

/* There always is an instance that waits: a name without one could be taken. */
static void renew_waiting(struct pipe_bridge *bridge)
{
	if (bridge->closing == 0 && bridge->waiting == NULL)
		add_instance(bridge, 0);
	wait_for_client(bridge);
}

/* --- The thread ---------------------------------------------------------------------- */

static void finished(struct pipe_bridge *bridge, struct link *link, OVERLAPPED *overlapped,
		     bool good, DWORD length)
{
	struct flow *flow = overlapped == &link->in.overlapped ? &link->in : &link->out;

	if (link == bridge->waiting) {
		link->in.busy = false;
		bridge->waiting = NULL;
		renew_waiting(bridge);
		if (good && bridge->closing == 0)
			link_connected(bridge, link);
		else
			link_cut(link);
	} else {
		flow_finished(bridge, link, flow, good, length);
	}
	if (link->in.ended && link->out.ended && !link->in.busy && !link->out.busy)
		link_free(bridge, link);
}

static void look_at_idle(struct pipe_bridge *bridge)
{
	ULONGLONG now = GetTickCount64();

	for (struct link *link = bridge->links; link != NULL; link = link->next) {
		if (bridge->closing != 0 && now >= bridge->closing)
			link_cut(link);
		else if (link->out.busy && link->out.writing &&
			 now - link->out.since > PIPE_WRITE_SECONDS * 1000)
			link_cut(link);
		else if (is_silent(link) && now - link->in.since > PIPE_SPEAK_SECONDS * 1000)
			link_cut(link);
	}
}

static DWORD patience(const struct pipe_bridge *bridge)
{
	if (bridge->closing != 0)
		return CLOSE_MS / 10;
	if (bridge->waiting == NULL)
		return RETRY_MS;
	return bridge->count > 1 ? TICK_MS : INFINITE;
}

static void begin_to_close(struct pipe_bridge *bridge)
{
	bridge->closing = GetTickCount64() + CLOSE_MS;
	if (bridge->waiting != NULL)
		link_cut(bridge->waiting);
}

static DWORD WINAPI carry(void *context)
{
	struct pipe_bridge *bridge = context;

	renew_waiting(bridge);
	while (bridge->closing == 0 || bridge->links != NULL) {
		OVERLAPPED *overlapped = NULL;
		ULONG_PTR key = 0;
		DWORD length = 0;
		bool good = GetQueuedCompletionStatus(bridge->port, &length, &key, &overlapped,
						      patience(bridge));

		if (overlapped != NULL)
			finished(bridge, (struct link *)key, overlapped, good, length);
		else if (good)
			begin_to_close(bridge);
		look_at_idle(bridge);
		renew_waiting(bridge);
	}
	return 0;
}

/* --- The daemon's side ----------------------------------------------------------------- */

/* Windows refuses a first instance that is not the first; Wine does not. */
static bool is_there(const wchar_t *name)
{
	return WaitNamedPipeW(name, 1) || GetLastError() == ERROR_SEM_TIMEOUT;
}

static int start(struct pipe_bridge *bridge)
{
	int result = socket_bell_open(&bridge->bell, NULL);

	if (result < 0)
		return result;
	if (is_there(bridge->name))
		return -EADDRINUSE;
	bridge->access = pipe_access_descriptor();
	if (bridge->access == NULL)
		return -errno_of_last_error();
	bridge->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
	if (bridge->port == NULL)
		return -errno_of_last_error();
	result = add_instance(bridge, FILE_FLAG_FIRST_PIPE_INSTANCE);
	if (result < 0)
		return result;
	bridge->thread = CreateThread(NULL, 0, carry, bridge, 0, NULL);
	return bridge->thread == NULL ? -errno_of_last_error() : 0;
}

int pipe_bridge_open(struct pipe_bridge **opened, const wchar_t *name)
{
	struct pipe_bridge *bridge = calloc(1, sizeof *bridge);
	int result;

	if (bridge == NULL)
		return -ENOMEM;
	bridge->bell = SOCKET_HANDLE_NONE;
	InitializeCriticalSection(&bridge->lock);
	bridge->name = wcsdup(name);
	result = bridge->name == NULL ? -ENOMEM : start(bridge);
	if (result < 0) {
		pipe_bridge_close(bridge);
		return result;
	}
	*opened = bridge;
	return 0;
}

void pipe_bridge_close(struct pipe_bridge *bridge)
{
	if (bridge == NULL)
		return;
	/* Never accepted: the thread sees them end. */
	EnterCriticalSection(&bridge->lock);
	while (bridge->queued > 0)
		closesocket(bridge->queue[--bridge->queued].connection);
	LeaveCriticalSection(&bridge->lock);
	if (bridge->thread != NULL) {
		PostQueuedCompletionStatus(bridge->port, 0, 0, NULL);
		WaitForSingleObject(bridge->thread, INFINITE);
		CloseHandle(bridge->thread);
	}
	while (bridge->links != NULL)
		link_free(bridge, bridge->links);
	if (bridge->port != NULL)
		CloseHandle(bridge->port);
	if (bridge->access != NULL)
		LocalFree(bridge->access);
	if (bridge->bell != SOCKET_HANDLE_NONE)
		closesocket(bridge->bell);
	DeleteCriticalSection(&bridge->lock);
	free(bridge->name);
	free(bridge);
}

socket_handle pipe_bridge_handle(const struct pipe_bridge *bridge)
{
	return bridge->bell;
}

int pipe_bridge_accept(struct pipe_bridge *bridge, socket_handle *connection,
		       struct local_peer *peer)
{
	int result = -EAGAIN;

	EnterCriticalSection(&bridge->lock);
	if (bridge->queued > 0) {
		*connection = bridge->queue[0].connection;
		*peer = bridge->queue[0].peer;
		bridge->queued--;
		memmove(&bridge->queue[0], &bridge->queue[1],
			bridge->queued * sizeof bridge->queue[0]);
		result = 0;
	} else {
		socket_bell_answer(bridge->bell);
	}
	LeaveCriticalSection(&bridge->lock);
	return result;
}
