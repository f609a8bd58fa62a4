# What a user of Windows gets: "make dist-windows" in a build for Windows.
EXTRA_DIST += contrib/windows/install.ps1

windows_package = w32timed-$(PACKAGE_VERSION)-windows-x86_64
windows_pages = README.md CHANGELOG.md doc/domain-time.md doc/from-windows.md doc/keeping-time.md \
	doc/time-server.md doc/windows.md
windows_manuals = doc/w32timed.8 doc/w32tm.1 doc/w32timed.conf.5

if WINDOWS
# Texts with the line ends of Windows.
dist-windows: all
	rm -rf $(windows_package) $(windows_package).zip
	$(MKDIR_P) $(windows_package)/doc
	for program in src/w32timed/w32timed src/w32tm/w32tm; do \
		$(STRIP) -o $(windows_package)/$${program##*/}.exe $$program.exe || exit; done
	$(TO_CRLF) $(srcdir)/LICENSE >$(windows_package)/LICENSE.txt
	$(TO_CRLF) $(srcdir)/etc/w32timed.conf >$(windows_package)/w32timed.conf.sample
	$(TO_CRLF) $(srcdir)/contrib/windows/install.ps1 >$(windows_package)/install.ps1
	for page in $(windows_pages); do \
		$(TO_CRLF) $(srcdir)/$$page >$(windows_package)/doc/$${page##*/} || exit; done
	for page in $(windows_manuals); do \
		mandoc -T utf8 $(srcdir)/$$page | col -b | $(TO_CRLF) \
			>$(windows_package)/doc/$${page##*/}.txt || exit; done
	zip -q -X -r $(windows_package).zip $(windows_package)
	rm -rf $(windows_package)
	@echo "$(windows_package).zip"
CLEANFILES += $(windows_package).zip
endif
.PHONY: dist-windows

TO_CRLF = $(SED) 's/$$/\r/'
