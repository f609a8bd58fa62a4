# System files: sample configuration, units.

# What stands in these depends on where things are installed.
system_files = \
	etc/systemd/w32timed.service \
	etc/systemd/w32timed-account.service \
	etc/systemd/w32timed-account.socket \
	etc/systemd/w32timed-wait.service \
	etc/sysusers.d/w32timed.conf \
	etc/tmpfiles.d/w32timed.conf
CLEANFILES += $(system_files)
EXTRA_DIST += \
	etc/systemd/w32timed.service.in \
	etc/systemd/w32timed-account.service.in \
	etc/systemd/w32timed-account.socket.in \
	etc/systemd/w32timed-wait.service.in \
	etc/sysusers.d/w32timed.conf.in \
	etc/tmpfiles.d/w32timed.conf.in

FILL_IN = $(SED) -e 's|@libexecdir[@]|$(libexecdir)|g' -e 's|@sbindir[@]|$(sbindir)|g' -e 's|@bindir[@]|$(bindir)|g' \
	-e 's|@localstatedir[@]|$(localstatedir)|g' -e 's|@runstatedir[@]|$(runstatedir)|g'

$(system_files): etc/local.mk Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(FILL_IN) $(srcdir)/$@.in >$@.new && mv $@.new $@
etc/systemd/w32timed.service: etc/systemd/w32timed.service.in
etc/systemd/w32timed-account.service: etc/systemd/w32timed-account.service.in
etc/systemd/w32timed-account.socket: etc/systemd/w32timed-account.socket.in
etc/systemd/w32timed-wait.service: etc/systemd/w32timed-wait.service.in
etc/sysusers.d/w32timed.conf: etc/sysusers.d/w32timed.conf.in
etc/tmpfiles.d/w32timed.conf: etc/tmpfiles.d/w32timed.conf.in

if SYSTEMD
# Below the prefix, where systemd looks for them with prefix /usr and /usr/local.
sysusersdir = $(prefix)/lib/sysusers.d
tmpfilesdir = $(prefix)/lib/tmpfiles.d
ntpunitsdir = $(prefix)/lib/systemd/ntp-units.d
firewalldservicesdir = $(prefix)/lib/firewalld/services

nodist_systemdsystemunit_DATA = \
	etc/systemd/w32timed.service \
	etc/systemd/w32timed-account.service \
	etc/systemd/w32timed-account.socket \
	etc/systemd/w32timed-wait.service
nodist_sysusers_DATA = etc/sysusers.d/w32timed.conf
nodist_tmpfiles_DATA = etc/tmpfiles.d/w32timed.conf
dist_ntpunits_DATA = etc/ntp-units.d/50-w32timed.list
dist_firewalldservices_DATA = etc/firewalld/w32timed.xml
else
EXTRA_DIST += etc/ntp-units.d/50-w32timed.list etc/firewalld/w32timed.xml
endif

# The sample becomes the configuration only where there is none yet.
EXTRA_DIST += etc/w32timed.conf

install-data-local: install-configuration
uninstall-local: uninstall-configuration
.PHONY: install-configuration uninstall-configuration

install-configuration:
	$(MKDIR_P) '$(DESTDIR)$(sysconfdir)/w32timed.conf.d'
	test -e '$(DESTDIR)$(sysconfdir)/w32timed.conf' || \
		$(INSTALL_DATA) '$(srcdir)/etc/w32timed.conf' '$(DESTDIR)$(sysconfdir)/w32timed.conf'

uninstall-configuration:
	if cmp -s '$(srcdir)/etc/w32timed.conf' '$(DESTDIR)$(sysconfdir)/w32timed.conf'; then \
		rm -f '$(DESTDIR)$(sysconfdir)/w32timed.conf'; fi
	rmdir '$(DESTDIR)$(sysconfdir)/w32timed.conf.d' 2>/dev/null || :
