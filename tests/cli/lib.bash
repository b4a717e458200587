# What the tests of the command share. Sourced, not run.
#
# N is the command under test (NIMGATE, or build/bin/nimgate), W a work folder that is removed at exit. run() calls the command and keeps
# what it said in $out, $err and $status.
# shellcheck shell=bash

set -u
umask 022
export LC_ALL=C
REPOSITORY=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
N=${NIMGATE:-$REPOSITORY/build/bin/nimgate}
N=$(realpath "$N")
W=$(realpath "$(mktemp -d "${TMPDIR:-/tmp}/nimgate-cli.XXXXXX")")
failures=0 out='' err='' status=0

finish()
{
	chmod -R u+rwx "$W"
	rm -rf "$W"
}
trap finish EXIT

ok()
{
	echo "ok $1"
}

not_ok()
{
	failures=$((failures + 1))
	echo "not ok $1: $2"
}

# The last line of a script.
end()
{
	[ "$failures" = 0 ]
}

# Runs the command.
run()
{
	"$N" "$@" >"$W/.out" 2>"$W/.err"
	status=$?
	out=$(<"$W/.out")
	err=$(<"$W/.err")
}

# NAME STATUS STREAM TEXT COMMAND...: the command ends with STATUS and says TEXT (may be empty) on STREAM, out or err.
expect()
{
	local name=$1 wanted=$2 stream=$3 text=$4 said

	shift 4
	run "$@"
	said=$out
	[ "$stream" = out ] || said=$err
	if [ "$status" != "$wanted" ]; then
		not_ok "$name" "wanted status $wanted, got $status: $out $err"
	elif [[ $said != *"$text"* ]]; then
		not_ok "$name" "wanted '$text' on std$stream, got: $out $err"
	else
		ok "$name"
	fi
}

# FOLDER CURVE: a root, an intermediate and a leaf that may sign code, and a key pair, all of the curve: root.pem, int.pem, leaf.pem,
# leaf.key, leaf.pub.
make_pki()
{
	local folder=$1 curve=$2

	mkdir -p "$folder"
	for name in root int leaf; do
		openssl ecparam -name "$curve" -genkey -noout -out "$folder/$name.key" 2>/dev/null
	done
	openssl req -x509 -new -key "$folder/root.key" -subj "/CN=test root $curve" -days 3650 -out "$folder/root.pem" \
		-addext 'keyUsage=critical,keyCertSign,cRLSign' 2>/dev/null
	issue "$folder" int "/CN=test int $curve" root 'basicConstraints=critical,CA:TRUE,pathlen:0
keyUsage=critical,keyCertSign,cRLSign'
	issue "$folder" leaf "/O=nimgate/CN=test leaf $curve" int 'basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning'
	openssl pkey -in "$folder/leaf.key" -pubout -out "$folder/leaf.pub"
}

# FOLDER NAME SUBJECT ISSUER EXTENSIONS: NAME.pem, signed by ISSUER.
issue()
{
	openssl req -new -key "$1/$2.key" -subj "$3" -out "$1/$2.csr" 2>/dev/null
	printf '%s\n' "$5" >"$1/$2.ext"
	openssl x509 -req -in "$1/$2.csr" -CA "$1/$4.pem" -CAkey "$1/$4.key" -set_serial "0x$RANDOM$RANDOM" -days 3650 \
		-extfile "$1/$2.ext" -out "$1/$2.pem" 2>/dev/null
}

# FOLDER: ./model, signed by the leaf in FOLDER: good.sig by its certificate, key.sig by its key.
make_signed_model()
{
	make_model model
	run sign certificate model --private-key "$1/leaf.key" --signing-certificate "$1/leaf.pem" --certificate-chain "$1/int.pem" \
		--signature good.sig
	[ "$status" = 0 ] || not_ok setup "signing failed: $err"
	run sign key model --private-key "$1/leaf.key" --signature key.sig
	[ "$status" = 0 ] || not_ok setup "signing with a key failed: $err"
}

# FOLDER: a small model with an empty file and a folder.
make_model()
{
	mkdir -p "$1/sub/deep"
	echo '{"model": "test"}' >"$1/config.json"
	head -c 100000 /dev/zero >"$1/model.safetensors"
	: >"$1/empty"
	echo b >"$1/sub/b"
	echo c >"$1/sub/deep/c"
}
