#!/bin/bash
# What the couriers of nimgate fetch may ask of the kernel: all that names, TLS and threads need, and no more. In a network of its own, with a
# name server of its own.
if [ "$(id -u)" != 0 ]; then
	echo "skip ${0##*/}: makes namespaces, which needs root"
	exit 0
fi
if [ "${1:-}" != --inside ]; then
	exec unshare --net --mount --propagation private "$0" --inside
fi
. "$(dirname "$0")/lib.bash"
NAME=registry.test
DNS=

stop_dns()
{
	[ -z "$DNS" ] || kill "$DNS" 2>/dev/null
	[ -z "$DNS" ] || wait "$DNS" 2>/dev/null
	DNS=
}

leave_network()
{
	stop_dns
	leave
}
trap leave_network EXIT

# start_dns [tcp]
start_dns()
{
	local i

	stop_dns
	rm -f "$W/dns"
	python3 "$SUPPLY/dns.py" "$NAME" "$W/dns" "$@" 2>"$W/dns.err" &
	DNS=$!
	for ((i = 0; i < 100; i++)); do
		[ ! -e "$W/dns" ] || return 0
		sleep 0.05
	done
	echo "not ok setup: the name server does not start: $(<"$W/dns.err")"
	exit 1
}

# resolved NAME: test/t/good:1 comes from a server that is named by a name.
resolved()
{
	rm -rf "${F:?}"/*
	expect_fetch "$1" 0 "1 new" test/t/good:1
}

# A fetch that hangs: PID is the command's, COURIER its courier's.
hang()
{
	local i

	forget_log
	"$N" fetch --config "$CONFIG" --signatures "$F" test/t/hang:1 >"$W/.out" 2>"$W/.err" &
	PID=$!
	for ((i = 0; i < 100; i++)); do
		[ "$(asked 'hang/versions')" = 0 ] || break
		sleep 0.05
	done
	COURIER=$(children "$PID")
	COURIER=${COURIER% }
}

# What /proc says of each thread of the courier.
field()
{
	cat /proc/"$COURIER"/task/*/status | awk -v key="$1:" '$1 == key { print $2 }' | sort -u
}

mkdir "$W/etc"
printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' >"$W/etc/resolv.conf"
printf 'hosts: files dns\n' >"$W/etc/nsswitch.conf"
mount --bind "$W/etc/resolv.conf" /etc/resolv.conf && mount --bind "$W/etc/nsswitch.conf" /etc/nsswitch.conf || exit 1
start_dns
open_supply
make_server_pki "IP:127.0.0.1,DNS:localhost,DNS:$NAME"
stop_server
start_server
write_config
sed -i "s/127.0.0.1:/$NAME:/" "$CONFIG"

resolved "a name, by UDP"
start_dns tcp
resolved "a name, by TCP"
rm -rf "${F:?}"/*
sed -i "s/$NAME:/other.test:/; s/tries: 3/tries: 1/" "$CONFIG"
expect_fetch "a name that nobody has" 7 "its name cannot be resolved" test/t/good:1
stop_dns
expect_fetch "no name server" 7 "its name cannot be resolved" test/t/good:1
write_config

hang
[ "$(field Seccomp) $(field NoNewPrivs) $(field CapEff) $(field Uid)" = "2 1 0000000000000000 65534" ] && ok "behind a filter, and nobody" ||
	not_ok "behind a filter, and nobody" "$(field Seccomp) $(field NoNewPrivs) $(field CapEff) $(field Uid)"
kill -SYS "$COURIER"
wait "$PID"
status=$? out=$(<"$W/.out") err=$(<"$W/.err")
[ "$status" = 70 ] && [[ $out$err == *"courier: ended without an answer, by signal 31 (it made a system call that its filter forbids)"* ]] &&
	ok "a death by the filter is told" || not_ok "a death by the filter is told" "$status: $out $err"
end
