/* The commands, one file each.  A command claims its options, refuses what is
 * left, does its work, and returns the exit status. */
#ifndef W32TIMED_W32TM_COMMANDS_H
#define W32TIMED_W32TM_COMMANDS_H

#include "w32tm/options.h"
#include "w32tm/tool.h"

int command_help(const struct tool *tool, struct options *options);
int command_register(const struct tool *tool, struct options *options);
int command_unregister(const struct tool *tool, struct options *options);
int command_monitor(const struct tool *tool, struct options *options);
int command_ntte(const struct tool *tool, struct options *options);
int command_ntpte(const struct tool *tool, struct options *options);
int command_resync(const struct tool *tool, struct options *options);
int command_stripchart(const struct tool *tool, struct options *options);
int command_config(const struct tool *tool, struct options *options);
int command_import(const struct tool *tool, struct options *options);
int command_tz(const struct tool *tool, struct options *options);
int command_dumpreg(const struct tool *tool, struct options *options);
int command_query(const struct tool *tool, struct options *options);
int command_debug(const struct tool *tool, struct options *options);
int command_leapseconds(const struct tool *tool, struct options *options);
int command_ptp_monitor(const struct tool *tool, struct options *options);
int command_waitsync(const struct tool *tool, struct options *options);

#endif
