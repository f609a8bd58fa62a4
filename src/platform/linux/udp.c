#include "config.h"

#include "platform/udp.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Datagrams in one system call. */
#define BATCH_MAX 64

/* Address, time stamps (three times a timespec) and an error with its sender. */
#define CONTROL_SIZE 256

struct udp_socket {
	int handle;
	bool v6;
	bool connected;
	/* Time stamps of what is sent. */
	bool send_times;
	uint32_t sent_count;  /* the kernel numbers what is sent, from 0 */
	uint32_t outstanding; /* stamps that may still come */
	utc_ns sent_time;     /* of the last; 0: not there */
	/* Of those alone that have a token; NULL: not wanted. */
	struct transmit_stamps *transmit_stamps;
};

#define TRANSMIT_STAMPS_MAX 64
/* Bytes; a small datagram takes some 770 of the kernel's. */
#define LARGE_QUEUE (1 << 20)

struct transmit_stamps {
	uint64_t tokens[TRANSMIT_STAMPS_MAX]; /* by the number modulo that; 0: none */
	struct udp_transmit_stamp known[TRANSMIT_STAMPS_MAX];
	unsigned known_count;
};

union control {
	struct cmsghdr align;
	uint8_t bytes[CONTROL_SIZE];
};

static int set_option(int handle, int level, int option, int value)
{
	return setsockopt(handle, level, option, &value, sizeof value) < 0 ? -errno : 0;
}

static int set_flag(int handle, int level, int option)
{
	return set_option(handle, level, option, 1);
}

static void enable_times(struct udp_socket *socket, bool send_times)
{
	int flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;

	/* Only the stamp comes back, not the packet, with its number. */
	if (send_times || socket->transmit_stamps != NULL)
		flags |= SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;
	if (send_times)
		flags |= SOF_TIMESTAMPING_TX_SOFTWARE;
	if (setsockopt(socket->handle, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags) == 0)
		socket->send_times = send_times;
	else /* Without either the reader of the socket must do with its own time. */
		set_flag(socket->handle, SOL_SOCKET, SO_TIMESTAMPNS);
}

static int open_handle(bool v6, struct error *error)
{
	int handle = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (handle < 0)
		return error_set_system(error, errno, "cannot open an %s socket",
					v6 ? "IPv6" : "IPv4");
	if (v6 && set_flag(handle, IPPROTO_IPV6, IPV6_V6ONLY) < 0) {
		int code = errno;

		close(handle);
		return error_set_system(error, code, "cannot set up a socket");
	}
	return handle;
}

static int attach(struct udp_socket *socket, const struct udp_options *options, struct error *error)
{
	char text[NET_ADDRESS_TEXT_MAX];

	if (bind(socket->handle, &options->bind.u.any, net_address_length(&options->bind)) < 0)
		return error_set_system(error, errno, "cannot use %s",
					net_address_text(&options->bind, text));
	if (!socket->connected)
		return 0;
	/* All ICMP errors, not only that the port is closed. */
	set_flag(socket->handle, socket->v6 ? IPPROTO_IPV6 : IPPROTO_IP,
		 socket->v6 ? IPV6_RECVERR : IP_RECVERR);
	if (connect(socket->handle, &options->connect.u.any,
		    net_address_length(&options->connect)) < 0)
		return error_set_system(error, errno, "cannot reach %s",
					net_address_text(&options->connect, text));
	return 0;
}

int udp_open(struct udp_socket **socket, const struct udp_options *options, struct error *error)
{
	struct udp_socket *self;
	int result;

	if (!net_address_is_set(&options->bind) ||
	    (net_address_is_set(&options->connect) &&
	     options->connect.u.any.sa_family != options->bind.u.any.sa_family))
		return error_set(error, EAFNOSUPPORT, "a socket needs addresses of one family");
	self = calloc(1, sizeof *self);
	if (self == NULL)
		return error_set_system(error, ENOMEM, "cannot open a socket");
	self->v6 = net_address_is_v6(&options->bind);
	self->connected = net_address_is_set(&options->connect);
	result = self->handle = open_handle(self->v6, error);
	if (result < 0) {
		free(self);
		return result;
	}
	set_flag(self->handle, self->v6 ? IPPROTO_IPV6 : IPPROTO_IP,
		 self->v6 ? IPV6_RECVPKTINFO : IP_PKTINFO);
	/* Without memory for it nothing is told. */
	if (options->transmit_stamps && !options->send_times)
		self->transmit_stamps = calloc(1, sizeof *self->transmit_stamps);
	if (options->large_queue)
		set_option(self->handle, SOL_SOCKET, SO_RCVBUF, LARGE_QUEUE);
	enable_times(self, options->send_times);
	result = attach(self, options, error);
	if (result < 0) {
		udp_close(self);
		return result;
	}
	*socket = self;
	return 0;
}

void udp_close(struct udp_socket *socket)
{
	if (socket == NULL)
		return;
	close(socket->handle);
	free(socket->transmit_stamps);
	free(socket);
}

socket_handle udp_handle(const struct udp_socket *socket)
{
	return socket->handle;
}

/* Software time stamps: the one of SO_TIMESTAMPNS, or the first of the three
 * of SO_TIMESTAMPING.  0 if it is neither. */
static utc_ns read_stamp(const struct cmsghdr *item)
{
	struct timespec stamp;

	if (item->cmsg_level != SOL_SOCKET ||
	    (item->cmsg_type != SCM_TIMESTAMPING && item->cmsg_type != SCM_TIMESTAMPNS) ||
	    item->cmsg_len < CMSG_LEN(sizeof stamp))
		return 0;
	memcpy(&stamp, CMSG_DATA(item), sizeof stamp);
	return stamp.tv_sec * NS_PER_SECOND + stamp.tv_nsec;
}

/* Where it came to.  For what came to a group or broadcast address IPv4 names another
 * one that it would answer from. */
static void read_local(const struct cmsghdr *item, struct udp_datagram *datagram)
{
	if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_PKTINFO) {
		struct in_pktinfo info;

		memcpy(&info, CMSG_DATA(item), sizeof info);
		datagram->interface = (unsigned)info.ipi_ifindex;
		datagram->to_many = info.ipi_addr.s_addr != info.ipi_spec_dst.s_addr;
		if (datagram->to_many)
			return;
		datagram->local.u.v4.sin_family = AF_INET;
		datagram->local.u.v4.sin_addr = info.ipi_addr;
	} else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO) {
		struct in6_pktinfo info;

		memcpy(&info, CMSG_DATA(item), sizeof info);
		datagram->interface = (unsigned)info.ipi6_ifindex;
		datagram->to_many = IN6_IS_ADDR_MULTICAST(&info.ipi6_addr);
		if (datagram->to_many)
			return;
		datagram->local.u.v6.sin6_family = AF_INET6;
		datagram->local.u.v6.sin6_addr = info.ipi6_addr;
		if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
			datagram->local.u.v6.sin6_scope_id = (uint32_t)info.ipi6_ifindex;
	}
}

static void note_transmit_stamp(struct udp_socket *socket, uint32_t number, utc_ns stamp)
{
	struct transmit_stamps *transmit_stamps = socket->transmit_stamps;
	uint64_t *token = &transmit_stamps->tokens[number % TRANSMIT_STAMPS_MAX];
	uint32_t age = socket->sent_count - 1 - number;

	if (age >= TRANSMIT_STAMPS_MAX || *token == 0 ||
	    transmit_stamps->known_count == TRANSMIT_STAMPS_MAX)
		return;
	transmit_stamps->known[transmit_stamps->known_count++] =
		(struct udp_transmit_stamp){ *token, stamp };
	*token = 0;
}

/* A stamp belongs to what was sent last if its number is that one's or later:
 * some kernels count what they then failed to send. */
static void note_sent_stamp(struct udp_socket *socket, uint32_t number, utc_ns stamp)
{
	if (socket->outstanding > 0)
		socket->outstanding--;
	if (socket->transmit_stamps != NULL) {
		note_transmit_stamp(socket, number, stamp);
		return;
	}
	if ((int32_t)(number - (socket->sent_count - 1)) < 0)
		return;
	socket->sent_time = stamp;
	socket->outstanding = 0;
}

/* Takes one message off the error queue: a stamp of something sent, or an ICMP
 * error that is reported by the socket itself.  False if there was none. */
static bool read_error_queue(struct udp_socket *socket)
{
	union control control;
	uint8_t data[64];
	struct iovec vector = { data, sizeof data };
	struct msghdr message = { .msg_iov = &vector,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof control };
	struct sock_extended_err details = { 0 };
	utc_ns stamp = 0;

	if (recvmsg(socket->handle, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return false;
	for (struct cmsghdr *item = CMSG_FIRSTHDR(&message); item != NULL;
	     item = CMSG_NXTHDR(&message, item)) {
		if ((item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_RECVERR) ||
		    (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_RECVERR))
			memcpy(&details, CMSG_DATA(item), sizeof details);
		else if (stamp == 0)
			stamp = read_stamp(item);
	}
	if (details.ee_origin == SO_EE_ORIGIN_TIMESTAMPING && details.ee_info == SCM_TSTAMP_SND &&
	    stamp != 0)
		note_sent_stamp(socket, details.ee_data, stamp);
	return true;
}

/* Only while something is expected: most often nothing is, and the call is saved. */
static void read_sent_stamps(struct udp_socket *socket)
{
	while (socket->outstanding > 0 && read_error_queue(socket)) {
	}
}

static void empty_error_queue(struct udp_socket *socket)
{
	while (read_error_queue(socket)) {
	}
}

static void read_details(struct msghdr *message, size_t length, struct udp_datagram *datagram)
{
	datagram->length = length;
	for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item != NULL;
	     item = CMSG_NXTHDR(message, item)) {
		if (datagram->system_time == 0)
			datagram->system_time = read_stamp(item);
		read_local(item, datagram);
	}
}

/* Up to BATCH_MAX in one call; how many, or a negative errno. */
static int receive_batch(struct udp_socket *socket, struct udp_datagram *datagrams, unsigned count)
{
	struct mmsghdr messages[BATCH_MAX];
	struct iovec vectors[BATCH_MAX];
	union control controls[BATCH_MAX];
	int received;

	memset(messages, 0, count * sizeof *messages);
	for (unsigned i = 0; i < count; i++) {
		struct udp_datagram *datagram = &datagrams[i];

		memset(datagram, 0, offsetof(struct udp_datagram, data));
		vectors[i] = (struct iovec){ datagram->data, sizeof datagram->data };
		messages[i].msg_hdr = (struct msghdr){ .msg_name = &datagram->remote,
						       .msg_namelen = sizeof datagram->remote,
						       .msg_iov = &vectors[i],
						       .msg_iovlen = 1,
						       .msg_control = &controls[i],
						       .msg_controllen = sizeof controls[i] };
	}
	do
		received = recvmmsg(socket->handle, messages, count, MSG_DONTWAIT, NULL);
	while (received < 0 && errno == EINTR);
	if (received < 0)
		return -errno;
	for (int i = 0; i < received; i++)
		read_details(&messages[i].msg_hdr, messages[i].msg_len, &datagrams[i]);
	return received;
}

int udp_receive(struct udp_socket *socket, struct udp_datagram *datagrams, unsigned capacity)
{
	unsigned total = 0, wanted;
	int received;

	/* What woke us may be a stamp.  Transmit stamps are read when there is nothing
	 * else, or right after sending. */
	if (socket->send_times)
		read_sent_stamps(socket);
	do {
		wanted = capacity - total < BATCH_MAX ? capacity - total : BATCH_MAX;
		received = receive_batch(socket, datagrams + total, wanted);
		if (received > 0)
			total += (unsigned)received;
	} while (received == (int)wanted && total < capacity);
	/* Nothing there: then it was the error queue. */
	if (total == 0)
		empty_error_queue(socket);
	if (total > 0)
		return (int)total;
	return received == -EAGAIN || received == -EWOULDBLOCK ? 0 : received;
}

static void add_control(struct msghdr *message, union control *control, int level, int type,
			const void *data, size_t length)
{
	struct cmsghdr *item = (struct cmsghdr *)(control->bytes + message->msg_controllen);

	memset(item, 0, CMSG_SPACE(length));
	message->msg_control = control;
	message->msg_controllen += CMSG_SPACE(length);
	item->cmsg_level = level;
	item->cmsg_type = type;
	item->cmsg_len = CMSG_LEN(length);
	memcpy(CMSG_DATA(item), data, length);
}

static void add_source(struct msghdr *message, union control *control,
		       const struct udp_datagram *datagram)
{
	if (net_address_is_v6(&datagram->local)) {
		struct in6_pktinfo info = { .ipi6_addr = datagram->local.u.v6.sin6_addr };

		if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
			info.ipi6_ifindex = datagram->local.u.v6.sin6_scope_id;
		add_control(message, control, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
	} else {
		struct in_pktinfo info = { .ipi_spec_dst = datagram->local.u.v4.sin_addr };

		add_control(message, control, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
	}
}

/* The structures of sendmsg(2) are not const though what they point to stays
 * as it is. */
static void *unconst(const void *pointer)
{
	return (void *)(uintptr_t)pointer;
}

static bool wants_transmit_stamp(const struct udp_socket *socket,
				 const struct udp_datagram *datagram)
{
	return socket->transmit_stamps != NULL && datagram->token != 0;
}

static void fill_message(const struct udp_socket *socket, const struct udp_datagram *datagram,
			 struct msghdr *message, struct iovec *vector, union control *control)
{
	*vector = (struct iovec){ unconst(datagram->data), datagram->length };
	*message = (struct msghdr){ .msg_iov = vector, .msg_iovlen = 1 };
	if (!socket->connected) {
		message->msg_name = unconst(&datagram->remote);
		message->msg_namelen = net_address_length(&datagram->remote);
	}
	if (net_address_is_set(&datagram->local))
		add_source(message, control, datagram);
	if (wants_transmit_stamp(socket, datagram)) {
		const uint32_t flags = SOF_TIMESTAMPING_TX_SOFTWARE;

		add_control(message, control, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags);
	}
}

static int send_one(const struct udp_socket *socket, const struct udp_datagram *datagram)
{
	struct msghdr message;
	struct iovec vector;
	union control control;
	ssize_t result;
	/* A connected socket says first what went wrong with the last datagram. */
	int attempts = socket->connected ? 2 : 1;

	fill_message(socket, datagram, &message, &vector, &control);
	do
		result = sendmsg(socket->handle, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (result < 0 && (errno == EINTR || (--attempts > 0 && errno != EAGAIN)));
	return result < 0 ? -errno : 1;
}

static int send_batch(const struct udp_socket *socket, const struct udp_datagram *datagrams,
		      unsigned count)
{
	struct mmsghdr messages[BATCH_MAX];
	struct iovec vectors[BATCH_MAX];
	union control controls[BATCH_MAX];
	int sent;

	if (count == 1)
		return send_one(socket, datagrams);
	memset(messages, 0, count * sizeof *messages);
	for (unsigned i = 0; i < count; i++)
		fill_message(socket, &datagrams[i], &messages[i].msg_hdr, &vectors[i],
			     &controls[i]);
	do
		sent = sendmmsg(socket->handle, messages, count, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	/* Unknown to the system, or an error that an earlier datagram brought: one by
	 * one then. */
	if (sent < 0 && (errno == ENOSYS || socket->connected))
		return send_one(socket, datagrams);
	return sent < 0 ? -errno : sent;
}

/* Whether a failed send took a number is not the same in all kernels: the numbers
 * begin anew. */
static void restart_transmit_stamps(struct udp_socket *socket)
{
	int flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;

	if (setsockopt(socket->handle, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags) != 0)
		return;
	empty_error_queue(socket);
	enable_times(socket, false);
	memset(socket->transmit_stamps->tokens, 0, sizeof socket->transmit_stamps->tokens);
	socket->sent_count = 0;
	socket->outstanding = 0;
}

static void count_transmit_stamps(struct udp_socket *socket, const struct udp_datagram *datagrams,
				  unsigned sent, unsigned count)
{
	bool lost = false;

	for (unsigned i = 0; i < count; i++) {
		if (!wants_transmit_stamp(socket, &datagrams[i]))
			continue;
		if (i >= sent) {
			lost = true;
			break;
		}
		socket->transmit_stamps->tokens[socket->sent_count++ % TRANSMIT_STAMPS_MAX] =
			datagrams[i].token;
		socket->outstanding++;
	}
	if (lost)
		restart_transmit_stamps(socket);
}

static void count_sent(struct udp_socket *socket, const struct udp_datagram *datagrams,
		       unsigned sent, unsigned count)
{
	if (socket->transmit_stamps != NULL)
		count_transmit_stamps(socket, datagrams, sent, count);
	if (!socket->send_times)
		return;
	socket->sent_count += sent;
	socket->outstanding += sent;
	socket->sent_time = 0;
}

int udp_send(struct udp_socket *socket, const struct udp_datagram *datagrams, unsigned count)
{
	unsigned total = 0;
	int sent = 0;

	if (socket->send_times)
		read_sent_stamps(socket);
	while (total < count) {
		unsigned wanted = count - total < BATCH_MAX ? count - total : BATCH_MAX;

		sent = send_batch(socket, datagrams + total, wanted);
		count_sent(socket, datagrams + total, sent < 0 ? 0 : (unsigned)sent, wanted);
		if (sent < 0)
			break;
		total += (unsigned)sent;
	}
	return total > 0 ? (int)total : sent;
}

int udp_sent_time(struct udp_socket *socket, utc_ns *system_time)
{
	if (socket->sent_time == 0)
		read_sent_stamps(socket);
	if (socket->sent_time == 0)
		return -EAGAIN;
	*system_time = socket->sent_time;
	return 0;
}

unsigned udp_transmit_stamps(struct udp_socket *socket, struct udp_transmit_stamp *transmit_stamps,
			     unsigned capacity)
{
	struct transmit_stamps *known = socket->transmit_stamps;
	unsigned count;

	if (known == NULL)
		return 0;
	read_sent_stamps(socket);
	count = known->known_count < capacity ? known->known_count : capacity;
	memcpy(transmit_stamps, known->known, count * sizeof *transmit_stamps);
	known->known_count -= count;
	memmove(known->known, known->known + count, known->known_count * sizeof *known->known);
	return count;
}
