/* From the configuration's keys to what each module wants to be told: the one
 * place where keys get their units and meaning. */
#ifndef W32TIMED_W32TIMED_SETTINGS_H
#define W32TIMED_W32TIMED_SETTINGS_H

#include "base/log.h"
#include "client/ntp_client.h"
#include "config/config.h"
#include "discipline/announce.h"
#include "discipline/discipline.h"
#include "platform/clock.h"
#include "server/ntp_server.h"
#include "w32timed/timekeeping.h"

enum settings_type { /* [Parameters] Type */
		     TYPE_NO_SYNC,
		     TYPE_NTP,
		     TYPE_NT5DS,
		     TYPE_ALL_SYNC,
};

enum settings_type settings_type(const struct config *config);

void settings_discipline(const struct config *config, const struct clock *clock,
			 struct discipline_settings *settings);
/* IN_DOMAIN: it gives the time, if Type says so; else the machine takes what a
 * stand-alone one would. */
void settings_client(const struct config *config, bool in_domain,
		     struct ntp_client_settings *settings);
void settings_server(const struct config *config, struct ntp_server_settings *settings);
void settings_announce(const struct config *config, int precision,
		       struct announce_settings *settings);
/* The two together with what is logged. */
void settings_timekeeping(const struct config *config, const struct clock *clock, int precision,
			  struct timekeeping_settings *settings);
enum log_level settings_log_level(const struct config *config);

#endif
