# Pages and manual pages.
EXTRA_DIST += \
	CHANGELOG.md \
	CONTRIBUTING.md \
	README.md \
	doc/design.md \
	doc/domain-time.md \
	doc/estimator.md \
	doc/from-windows.md \
	doc/house.txt \
	doc/keeping-time.md \
	doc/time-server.md \
	doc/windows.md

dist_man_MANS += doc/w32timed.conf.5
dist_man_MANS += doc/w32tm.1
dist_man_MANS += doc/w32timed.8

# The control interface's page, of its description.
man_MANS = doc/w32timed-control.7
CLEANFILES += $(man_MANS)
doc/w32timed-control.7: $(time_service) $(interface_awk)
	$(AM_V_GEN)$(MKDIR_P) doc && $(AWK) -f $(srcdir)/$(interface_awk) -v output=manual \
		-v page=w32timed-control $(srcdir)/$(time_service) >$@.new && mv $@.new $@
