#!/bin/bash
# Between the member and its controller stands somebody who alters, strips,
# repeats, invents and delays answers: the member's clock does not move, it says
# what it saw, and what is true is still used.
# shellcheck source=lib-ad.sh
. "$LAB_SOURCE/lib-ad.sh"
need chronyd w32timed w32tm ntp_offset
domain

dc_chronyd
attacker_between
w32timed member member --simulate offset=+0.1,drift=5ppm < <(
	quick NT5DS | sed 's/^MaxPoll.*/MaxPollInterval=0/'
)
answered() { [ "$(attacked 'd["replies"]')" -ge "$1" ]; }

# From its first request on it is lied to.
attack forge
within 20 "it has asked" answered 3
status_is member 'd["synchronized"]' 0 || fail "it follows who lies to it"
attack forge first
within 20 "the controller is followed" source_is member dc1.corp.example
attack pass
below 0 "$(attacked 'd["passed"]')" || fail "it does not pass through the attacker"
within 20 "offset below 1 ms" offset_within member 0.001

unmoved() { not_beyond member 0.01 || fail "$1: the clock is $(offset member) s off"; }

# Nothing true comes through: nothing is used.
used_none() { # ANSWERS MODE
	local fed
	attack "$2"
	fed=$(fed member)
	within 30 "$2: $1 answers" answered $(($(attacked 'd["replies"]') + $1))
	[ "$(fed member)" -le "$fed" ] || fail "$2: one of them was used"
	unmoved "$2"
	attack pass
	within 20 "$2: true ones again" reached member
	source_is member dc1.corp.example || fail "$2: source $(status member 'd["source"]')"
}

# What is false comes first, what is true behind it: that is used.
used_true() { # ANSWERS MODE...
	local fed
	fed=$(fed member)
	shift
	attack "$@"
	within 20 "$*: true ones are used" fed_more member "$fed" 4
	unmoved "$*"
	attack pass
}

used_true 4 flip first
event member 26 || fail "altered answers and no event 26"
used_true 4 strip first
event member 27 || fail "unsigned answers and no event 27"
used_true 4 forge first
used_true 4 zero first
used_true 4 replay first
below 10 "$(peers member 'd["peers"][0]["counters"]["unauthenticated"]')" || fail "they are not counted"
used_none 4 flip
used_none 3 strip
used_none 3 forge
used_none 3 replay
# Told of once, not at each.
for id in 26 27; do
	[ "$(events member $id)" -le 3 ] || fail "event $id $(events member $id) times"
done

# A late answer is a true one with a large delay: no more wrong than that.
attack delay 0.2
within 20 "delay: late answers" answered $(($(attacked 'd["replies"]') + 3))
unmoved "delay"
attack pass
attacked 'd'
w32tm member /query /peers /verbose
stop member || fail "exit status $?"
