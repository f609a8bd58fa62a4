#include "config.h"

#include "platform/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef HAVE_LIBCAP_NG
#include <cap-ng.h>
#endif

static bool is_named(const char *user)
{
	return user != NULL && user[0] != '\0';
}

static int find_user(const char *name, uid_t *user, gid_t *group, struct error *error)
{
	const struct passwd *entry;

	errno = 0;
	entry = getpwnam(name);
	if (entry == NULL && errno != 0 && errno != ENOENT)
		return error_set_system(error, errno, "cannot look up the user %s", name);
	if (entry == NULL)
		return error_set(error, ENOENT, "there is no user %s", name);
	*user = entry->pw_uid;
	*group = entry->pw_gid;
	return 0;
}

int privileges_make_directory(const char *directory, const char *user, struct error *error)
{
	struct stat status;
	uid_t owner;
	gid_t group;
	int result;

	if (stat(directory, &status) == 0)
		return S_ISDIR(status.st_mode)
			       ? 0
			       : error_set(error, ENOTDIR, "%s is not a directory", directory);
	if (mkdir(directory, 0700) < 0)
		return error_set_system(error, errno, "cannot create the directory %s", directory);
	if (is_named(user) && geteuid() == 0) {
		result = find_user(user, &owner, &group, error);
		if (result < 0) {
			rmdir(directory);
			return result;
		}
		if (chown(directory, owner, group) < 0)
			return error_set_system(error, errno, "cannot give %s to %s", directory,
						user);
	}
	/* Not by mkdir: the umask has no say here. */
	if (chmod(directory, 0755) < 0)
		return error_set_system(error, errno, "cannot set the mode of %s", directory);
	return 0;
}

/* Whoever we are: memory stays in the process, and no program that it might be
 * made to start gains anything. */
static int close_doors(struct error *error)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_set_system(error, errno, "cannot give up privileges");
	return 0;
}

#ifdef HAVE_LIBCAP_NG

/* From here on libcap-ng's notion of our capabilities is those we keep. */
static int choose_capabilities(const struct privilege_needs *needs, bool clear_bounding,
			       struct error *error)
{
	bool clock, port;

	if (capng_get_caps_process() < 0)
		return error_set(error, EPERM, "cannot read this process' capabilities");
	clock = needs->set_clock && capng_have_capability(CAPNG_PERMITTED, CAP_SYS_TIME);
	port = needs->low_port && capng_have_capability(CAPNG_PERMITTED, CAP_NET_BIND_SERVICE);
	if (needs->set_clock && !clock)
		return error_set(error, EPERM,
				 "no right to set the clock (CAP_SYS_TIME is missing)");
	capng_clear(clear_bounding ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS);
	if (clock)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_SYS_TIME);
	if (port)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_BIND_SERVICE);
	return 0;
}

static int become(const struct privilege_needs *needs, struct error *error)
{
	bool changes_user = is_named(needs->user) && geteuid() == 0, clear_bounding;
	uid_t user = 0;
	gid_t group = 0;
	int result = 0;

	if (changes_user)
		result = find_user(needs->user, &user, &group, error);
	/* What programs started later could have at most: without the right to
	 * change that "no new privileges" must do. */
	clear_bounding = changes_user && capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	if (result == 0)
		result = choose_capabilities(needs, clear_bounding, error);
	if (result < 0)
		return result;
	if (changes_user && user != 0) {
		result = capng_change_id((int)user, (int)group,
					 CAPNG_INIT_SUPP_GRP |
						 (clear_bounding ? CAPNG_CLEAR_BOUNDING : 0));
		if (result < 0)
			return error_set(error, EPERM, "cannot become the user %s (step %d)",
					 needs->user, -result);
	} else if (capng_apply(CAPNG_SELECT_CAPS) < 0) {
		return error_set(error, EPERM, "cannot give up capabilities");
	}
	/* Ambient ones would be handed to every program started. */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
		return error_set_system(error, errno, "cannot give up capabilities");
	return 0;
}

#else

/* Without the library a change of user loses every capability. */
static int become(const struct privilege_needs *needs, struct error *error)
{
	uid_t user;
	gid_t group;
	int result;

	if (!is_named(needs->user) || geteuid() != 0)
		return 0;
	if (needs->set_clock || needs->low_port)
		return error_set(error, ENOSYS,
				 "cannot become the user %s and keep the right to set the clock or "
				 "to use low ports: built without libcap-ng",
				 needs->user);
	result = find_user(needs->user, &user, &group, error);
	if (result < 0)
		return result;
	if (initgroups(needs->user, group) < 0 || setgid(group) < 0 || setuid(user) < 0)
		return error_set_system(error, errno, "cannot become the user %s", needs->user);
	return 0;
}

#endif

int privileges_drop(const struct privilege_needs *needs, struct error *error)
{
	int result = become(needs, error);

	return result < 0 ? result : close_doors(error);
}
