#!/bin/bash
# Every row of the vectors, at a fixed time. They lie beside the project (NIMGATE_VECTORS, else ../shared/vectors/oms).
. "$(dirname "$0")/lib.bash"

vectors=${NIMGATE_VECTORS:-$REPOSITORY/../shared/vectors/oms}
# What the refused rows are refused for: the words of docs/exit-status.md. "No" alone proves nothing.
declare -A reasons=(
	[wrongtrust]=untrusted
	[intonly]=untrusted
	[wrong]=signature
	[chain-missing-int]=untrusted
	[trust-int-only]=untrusted
	[trust-leaf-only]=untrusted
	[ku-ds-eku-server]=untrusted
	[noku-eku-server]=untrusted
	[noku-noeku]=untrusted
	[noku-eku-any]=untrusted
	[leaf-expired]=expired
	[leaf-future]=expired
	[leaf-before-int]=expired
	[int-expired-at-nb]=expired
	[int-not-ca]=untrusted
	[int-no-bc]=untrusted
	[int-eku-server]=untrusted
	[root-expired-now]=expired
	[pathlen-violation]=untrusted
	[selfsigned-untrusted]=untrusted
	[rsa-leaf]=untrusted
	[ed25519-leaf]=untrusted
	[curve-brainpoolP256r1]=untrusted
	[curve-brainpoolP384r1]=untrusted
	[sig-by-other-key]=signature
	[sha1-leaf]=untrusted
	[sig-trailing]=signature
	[payload-tamper]=signature
	[der]=config
	[rsa]=config
	[k1]=config
	[noign]=extra
	[hash-shards-extra-empty]=extra
	[deepstream-dev]=changed
)

if [ ! -f "$vectors/expected.tsv" ]; then
	echo "skip vectors: $vectors/expected.tsv is not there (set NIMGATE_VECTORS)"
	exit 0
fi

# The reason that the row ID must be refused for.
wanted_reason()
{
	local id=$1

	case $id in
	golden-*) id=${id##*-} ;;
	cert-*) id=${id#cert-} ;;
	key-*) id=${id#key-} ;;
	nvidia-*) id=${id#nvidia-} ;;
	bundle-*) id=${id#bundle-} ;;
	esac
	if [ -n "${reasons[$id]:-}" ]; then
		echo "${reasons[$id]}"
	elif [[ $1 == bundle-s-* || $1 == hash-* ]]; then
		echo statement
	else
		echo bundle
	fi
}

# ID EXIT: compares $status and $out, the JSON answer, with the row.
judge()
{
	local id=$1 exit=$2 reason wanted=null

	reason=$(jq -r .reason <<<"$out")
	[ "$exit" = 0 ] || wanted=$(wanted_reason "$id")
	if [ "$reason" != "$wanted" ]; then
		not_ok "$id" "wanted $wanted, got $reason: $err"
	elif [ "$wanted" = null ] && [ "$status$(jq -r .verdict <<<"$out")" != 0admit ]; then
		not_ok "$id" "no reason to refuse, yet status $status: $err"
	elif [ "$wanted" != null ] && [ "$(jq -r .verdict <<<"$out")" != refuse ]; then
		not_ok "$id" "verdict and reason do not fit: $out"
	elif [ "$wanted" != null ] && [ "$status" -lt 1 ]; then
		not_ok "$id" "refused with status $status"
	else
		ok "$id"
	fi
}

cd "$vectors" || exit 1
rows=0
while IFS=$'\t' read -r id model signature arguments exit _; do
	[[ $id == '#'* ]] && continue
	rows=$((rows + 1))
	# shellcheck disable=SC2086 # the column holds words
	run verify ${arguments%% *} "$model" --signature "$signature" ${arguments#* } --at 2026-12-01T00:00:00Z --output json --quiet
	judge "$id" "$exit"
done <expected.tsv
[ "$rows" -ge 100 ] || not_ok vectors "only $rows rows"
end
