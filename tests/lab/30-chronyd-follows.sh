#!/bin/bash
# We serve, a quarter of a second ahead; a real chronyd follows over IPv4,
# another over IPv6.
# shellcheck source=lib.sh
. "$LAB_SOURCE/lib.sh"
need namespaces chronyd chronyc w32timed ntp_offset
serve_quarter_second_ahead

chronyd client four <<EOF
server 10.77.1.1 iburst minpoll 0 maxpoll 2
port 0
EOF
chronyd client six <<EOF
server fd77:1::1 iburst minpoll 0 maxpoll 2
port 0
EOF
within 20 "IPv4" chronyd_follows four 10.77.1.1
within 20 "IPv6" chronyd_follows six fd77:1::1
note "$(chronyc four tracking)"
note "$(chronyc six tracking)"
note "$(chronyc six ntpdata | tr '\n' ' ')"
