#include "config.h"

#include "platform/network_watch.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The kernel sends messages of up to a page or 8 KB, dumps of up to 32 KB. */
#define BUFFER_SIZE 32768

struct network_watch {
	int events; /* hears of changes */
	int query;  /* asks how things are */
	uint32_t sequence;
	uint64_t fingerprint; /* of links and addresses as we last saw them */
	bool known;           /* the fingerprint could be taken */
};

static int open_netlink(uint32_t groups)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int handle = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (handle < 0)
		return -errno;
	if (bind(handle, (const struct sockaddr *)&address, sizeof address) < 0) {
		int code = errno;

		close(handle);
		return -code;
	}
	return handle;
}

/* The macros of netlink(3) and rtnetlink(3) take away const, so that nothing
 * here that is given to them has it. */

/* FNV-1a */
static uint64_t hash_bytes(uint64_t hash, const void *data, size_t length)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

#define HASH_START UINT64_C(0xcbf29ce484222325)

static uint64_t hash_link(struct nlmsghdr *header)
{
	const struct ifinfomsg *link = NLMSG_DATA(header);
	/* Up, and with a carrier; counters and names do not matter. */
	const uint32_t parts[] = { (uint32_t)link->ifi_index,
				   link->ifi_flags & (IFF_UP | IFF_RUNNING | IFF_LOWER_UP) };

	if (header->nlmsg_len < NLMSG_LENGTH(sizeof *link))
		return 0;
	return hash_bytes(HASH_START, parts, sizeof parts);
}

static uint64_t hash_address(struct nlmsghdr *header)
{
	struct ifaddrmsg *message = NLMSG_DATA(header);
	int left = (int)IFA_PAYLOAD(header);
	uint32_t parts[2], flags;
	uint64_t hash;

	if (header->nlmsg_len < NLMSG_LENGTH(sizeof *message))
		return 0;
	parts[0] = message->ifa_index;
	parts[1] = (uint32_t)message->ifa_family << 8 | message->ifa_prefixlen;
	flags = message->ifa_flags;
	hash = hash_bytes(HASH_START + 1, parts, sizeof parts);
	for (struct rtattr *item = IFA_RTA(message); RTA_OK(item, left);
	     item = RTA_NEXT(item, left)) {
		if (item->rta_type == IFA_ADDRESS || item->rta_type == IFA_LOCAL)
			hash = hash_bytes(hash, RTA_DATA(item), RTA_PAYLOAD(item));
		else if (item->rta_type == IFA_FLAGS && RTA_PAYLOAD(item) >= sizeof flags)
			memcpy(&flags, RTA_DATA(item), sizeof flags);
	}
	/* One that is still being probed cannot be used: it comes later. */
	return (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) != 0 ? 0 : hash;
}

enum dump_state { DUMP_MORE, DUMP_END, DUMP_BROKEN };

/* Adds what a part of a dump says; the sum does not depend on the order. */
static enum dump_state add_part(struct nlmsghdr *header, size_t length, uint32_t sequence,
				uint64_t *sum)
{
	for (; NLMSG_OK(header, length); header = NLMSG_NEXT(header, length)) {
		if (header->nlmsg_seq != sequence)
			continue;
		if ((header->nlmsg_flags & NLM_F_DUMP_INTR) != 0)
			return DUMP_BROKEN;
		switch (header->nlmsg_type) {
		case NLMSG_DONE:
			return DUMP_END;
		case NLMSG_ERROR:
			return DUMP_BROKEN;
		case RTM_NEWLINK:
			*sum += hash_link(header);
			break;
		case RTM_NEWADDR:
			*sum += hash_address(header);
			break;
		}
	}
	return DUMP_MORE;
}

/* The kernel answers within the call that asks: nothing to wait for. */
static int dump(struct network_watch *watch, uint16_t type, uint64_t *sum)
{
	struct {
		struct nlmsghdr header;
		struct rtgenmsg family;
	} request = { .header = { .nlmsg_len = sizeof request,
				  .nlmsg_type = type,
				  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
				  .nlmsg_seq = ++watch->sequence } };
	union {
		struct nlmsghdr header;
		uint8_t bytes[BUFFER_SIZE];
	} answer;
	enum dump_state state = DUMP_MORE;

	if (send(watch->query, &request, sizeof request, 0) < 0)
		return -errno;
	while (state == DUMP_MORE) {
		ssize_t length = recv(watch->query, &answer, sizeof answer, 0);

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return -errno;
		state = add_part(&answer.header, (size_t)length, watch->sequence, sum);
	}
	return state == DUMP_END ? 0 : -EAGAIN;
}

/* True if links and addresses are not as they were, or nobody can tell. */
static bool look_again(struct network_watch *watch)
{
	uint64_t sum = 0;
	bool was_known = watch->known, same;

	watch->known = dump(watch, RTM_GETLINK, &sum) == 0 && dump(watch, RTM_GETADDR, &sum) == 0;
	same = was_known && watch->known && sum == watch->fingerprint;
	watch->fingerprint = sum;
	return !same;
}

int network_watch_open(struct network_watch **watch, struct error *error)
{
	struct network_watch *self = calloc(1, sizeof *self);
	int result;

	if (self == NULL)
		return error_set_system(error, ENOMEM, "cannot watch the network");
	self->query = -1;
	result = self->events = open_netlink(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
					     RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE);
	if (result >= 0)
		result = self->query = open_netlink(0);
	if (result < 0) {
		network_watch_close(self);
		return error_set_system(error, -result, "cannot watch the network");
	}
	look_again(self);
	*watch = self;
	return 0;
}

void network_watch_close(struct network_watch *watch)
{
	if (watch == NULL)
		return;
	if (watch->events >= 0)
		close(watch->events);
	if (watch->query >= 0)
		close(watch->query);
	free(watch);
}

socket_handle network_watch_handle(const struct network_watch *watch)
{
	return watch->events;
}

struct news {
	bool look;  /* links or addresses may have changed */
	bool route; /* a default route came or went */
};

static bool is_default_route(struct nlmsghdr *header)
{
	const struct rtmsg *route = NLMSG_DATA(header);

	return header->nlmsg_len >= NLMSG_LENGTH(sizeof *route) && route->rtm_dst_len == 0 &&
	       route->rtm_type == RTN_UNICAST && (route->rtm_flags & RTM_F_CLONED) == 0;
}

static void read_news(struct nlmsghdr *header, size_t length, struct news *news)
{
	for (; NLMSG_OK(header, length); header = NLMSG_NEXT(header, length)) {
		switch (header->nlmsg_type) {
		case RTM_NEWLINK:
		case RTM_DELLINK:
		case RTM_NEWADDR:
		case RTM_DELADDR:
			news->look = true;
			break;
		case RTM_NEWROUTE:
		case RTM_DELROUTE:
			news->route = news->route || is_default_route(header);
			break;
		}
	}
}

bool network_watch_changed(struct network_watch *watch)
{
	union {
		struct nlmsghdr header;
		uint8_t bytes[BUFFER_SIZE];
	} buffer;
	struct news news = { false, false };

	for (;;) {
		struct sockaddr_nl sender = { .nl_pid = 0 };
		socklen_t size = sizeof sender;
		ssize_t length = recvfrom(watch->events, &buffer, sizeof buffer, 0,
					  (struct sockaddr *)&sender, &size);

		if (length > 0 && sender.nl_pid == 0)
			read_news(&buffer.header, (size_t)length, &news);
		else if (length < 0 && errno == ENOBUFS)
			news.look = news.route = true; /* some were lost */
		else if (length == 0 || (length < 0 && errno != EINTR))
			break;
	}
	/* Announcements repeat what is known: only what is new counts. */
	if (news.look && look_again(watch))
		return true;
	return news.route;
}

static bool is_loopback(const struct net_address *address)
{
	return !net_address_is_v6(address) && ntohl(address->u.v4.sin_addr.s_addr) >> 24 == 127;
}

bool network_is_own_address(const struct net_address *address)
{
	struct ifaddrs *list;
	bool own = is_loopback(address);

	if (own || !net_address_is_set(address) || getifaddrs(&list) < 0)
		return own;
	for (const struct ifaddrs *entry = list; entry != NULL && !own; entry = entry->ifa_next) {
		struct net_address candidate = { 0 };

		if (entry->ifa_addr == NULL ||
		    entry->ifa_addr->sa_family != address->u.any.sa_family)
			continue;
		memcpy(&candidate, entry->ifa_addr, net_address_length(address));
		own = net_address_same_host(&candidate, address);
	}
	freeifaddrs(list);
	return own;
}
