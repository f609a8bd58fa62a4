# Tests against programs that we did not write, in namespaces of their own, and
# against a real kernel's clock in an emulated machine.  They need root and some
# minutes, so "make check" leaves them out and builds only their helpers.
lab_programs = tests/lab/ntp_offset tests/lab/reference_server tests/lab/clock_watch \
	tests/lab/account_ask
if LINUX
check_PROGRAMS += $(lab_programs)
endif
noinst_HEADERS += tests/lab/truth.h tests/lab/wire.h

# For the tests of the Windows programs, which are run from where these were built.
EXTRA_DIST += \
	tests/lab/lib-windows.sh \
	tests/lab/70-windows-follows.sh \
	tests/lab/71-windows-serves.sh \
	tests/lab/72-windows-service.sh
if WINDOWS
check_PROGRAMS += tests/lab/service_control
endif

lab_tests = \
	tests/lab/10-follow-chronyd.sh \
	tests/lab/11-footprint.sh \
	tests/lab/12-vm-clock.sh \
	tests/lab/13-systemd-unit.sh \
	tests/lab/14-vm-leap.sh \
	tests/lab/20-holdover.sh \
	tests/lab/21-falseticker.sh \
	tests/lab/22-cold-network.sh \
	tests/lab/23-reload.sh \
	tests/lab/24-windows-like-server.sh \
	tests/lab/25-names.sh \
	tests/lab/26-interface-to-come.sh \
	tests/lab/27-asked-with-others.sh \
	tests/lab/30-chronyd-follows.sh \
	tests/lab/31-ntpd-follows.sh \
	tests/lab/32-sntp-follows.sh \
	tests/lab/33-interleaved.sh \
	tests/lab/40-signatures.sh \
	tests/lab/41-nt5ds.sh \
	tests/lab/42-served-in-domain.sh \
	tests/lab/43-harvest.sh \
	tests/lab/44-attacker.sh \
	tests/lab/45-domain-trouble.sh \
	tests/lab/46-sites.sh \
	tests/lab/47-allsync.sh \
	tests/lab/48-not-joined.sh \
	tests/lab/49-level-2012.sh \
	tests/lab/50-account.sh \
	tests/lab/51-signer-rights.sh \
	tests/lab/52-controller-asks.sh \
	tests/lab/60-windows-nt5ds.sh

EXTRA_DIST += \
	tests/lab/run tests/lab/peers tests/lab/lib.sh tests/lab/lib-ad.sh $(lab_tests) \
	tests/lab/ad-lab tests/lab/mssntp-probe \
	tests/lab/attacker tests/lab/controllers tests/lab/harvest

.PHONY: check-lab
check-lab: all $(lab_programs)
	$(srcdir)/tests/lab/run -b .
