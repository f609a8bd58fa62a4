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
	doc/serving-time.md \
	doc/windows.md

dist_man_MANS += doc/w32timed.conf.5
dist_man_MANS += doc/w32tm.1
dist_man_MANS += doc/w32timed.8
