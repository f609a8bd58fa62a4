/* What texts of the configuration must look like, beyond single words: the
 * check functions of the table of keys. */
#ifndef W32TIMED_CONFIG_CHECKS_H
#define W32TIMED_CONFIG_CHECKS_H

#include <stddef.h>

/* Each returns NULL when VALUE is fine, else what is wrong or allowed, as part
 * of a sentence; it may be put together in BUFFER. */
const char *check_peers(const char *value, char *buffer, size_t size);
const char *check_path(const char *value, char *buffer, size_t size);
const char *check_path_or_empty(const char *value, char *buffer, size_t size);
const char *check_control_socket(const char *value, char *buffer, size_t size);
const char *check_signd_socket(const char *value, char *buffer, size_t size);
const char *check_log_entries(const char *value, char *buffer, size_t size);
const char *check_address(const char *value, char *buffer, size_t size);
const char *check_domain_or_empty(const char *value, char *buffer, size_t size);
const char *check_site_or_empty(const char *value, char *buffer, size_t size);
const char *check_account_or_empty(const char *value, char *buffer, size_t size);
const char *check_address_block(const char *value, char *buffer, size_t size);

#endif
