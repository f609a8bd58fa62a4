#!/bin/bash
# Two thousand accounts asked for from one address: only few are answered, from
# there and from the member's own address, and the member goes on getting its time.
# shellcheck source=lib-ad.sh
. "$LAB_SOURCE/lib-ad.sh"
need chronyd w32timed w32tm
domain

# A dozen more machines.
computers() { # create|delete; prints the first one's RID
	on dc /usr/bin/python3 - "$ADLAB_DC_SMB_CONF" "$ADLAB_DC_SAM_LDB" "$1" <<-'END'
		import sys
		from samba.auth import system_session
		from samba.param import LoadParm
		from samba.samdb import SamDB

		lp = LoadParm()
		lp.load(sys.argv[1])
		db = SamDB(url=sys.argv[2], session_info=system_session(), lp=lp)
		for number in range(12):
		    name = "HARVEST%d" % number
		    if sys.argv[3] == "create":
		        db.newcomputer(name)
		        db.setpassword("(sAMAccountName=%s$)" % name, "Harvest.%d" % number, False)
		        if number == 0:
		            dn = "CN=%s,CN=Computers,%s" % (name, db.domain_dn())
		            print(int.from_bytes(db.search(dn, attrs=["objectSid"])[0]["objectSid"][0][-4:], "little"))
		    else:
		        db.delete("CN=%s,CN=Computers,%s" % (name, db.domain_dn()))
	END
}
undo computers delete
first=$(computers create) || fail "no accounts"

node harvester
cable dc harvester 1
harvest() { # NODE ADDRESS FILE: 2000 requests in about four seconds
	on "$1" "$LAB_SOURCE/harvest" "$2" "$first" $((first + 1999)) 500 >"$LAB_DIR/$3"
}

# Nobody watches: each of them is answered.
dc_chronyd
on harvester "$LAB_SOURCE/harvest" 10.77.1.1 "$first" $((first + 20)) 100 >"$LAB_DIR/unwatched"
[ "$(wc -l <"$LAB_DIR/unwatched")" -eq 12 ] || fail "there is nothing to harvest: $(cat "$LAB_DIR/unwatched")"
stop dc-chronyd

dc_w32timed --simulate offset=0,drift=0ppm < <(first_in_domain)
w32timed member member --simulate offset=+0.1,drift=5ppm < <(quick NT5DS)
within 10 "the controller is followed" source_is member dc1.corp.example

few() { # FILE COUNT
	note "$1: $(tr '\n' ' ' <"$LAB_DIR/$1")answered"
	[ "$(grep -c . "$LAB_DIR/$1")" = "$2" ] || fail "$(grep -c . "$LAB_DIR/$1") accounts answered"
}
fed=$(fed member)
harvest harvester 10.77.1.1 harvested
few harvested 4
event dc-w32timed 283 || fail "no event about the harvest"
[ "$(fed member)" -gt "$fed" ] || fail "the member got no time meanwhile"

# From the member's own address, where its account has its place already.
fed=$(fed member)
harvest member "$ADLAB_DC_IP" harvested-there
few harvested-there 3
within 20 "the member still gets its time" fed_more member "$fed" 4
source_is member dc1.corp.example || fail "source $(status member 'd["source"]')"
stop member || fail "exit status $?"
stop dc-w32timed || fail "exit status $?"
