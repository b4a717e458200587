#!/bin/bash
# Both directions against the reference implementation (model-signing of PyPI, in build/venv): what nimgate signs, it verifies, and the
# other way round, for both methods over three curves. Known differences are tested as such: if one goes away, this fails.
. "$(dirname "$0")/../cli/lib.bash"

venv=$REPOSITORY/${B:-build}/venv
reference=$venv/bin/model_signing
if ! "$reference" --help >/dev/null 2>&1; then
	# Release 1.1.1 uses pyOpenSSL without asking for it.
	if ! { python3 -m venv "$venv" && "$venv/bin/pip" install -q model-signing pyOpenSSL; } >"$W/pip.log" 2>&1; then
		echo "skip interop: the reference cannot be installed ($(tail -n 1 "$W/pip.log"))"
		exit 0
	fi
fi
cd "$W" || exit 1

# Runs the reference; $said is all that it said.
ref()
{
	said=$("$reference" "$@" 2>&1)
	status=$?
}

# NAME STATUS COMMAND...: the reference ends with STATUS.
ref_expect()
{
	local name=$1 wanted=$2

	shift 2
	ref "$@"
	if [ "$status" = "$wanted" ]; then ok "$name"; else not_ok "$name" "wanted $wanted, got $status: $(tail -n 3 <<<"$said")"; fi
}

make_model model
printf x >'model/a b'
mkdir model/a
printf x >model/a/x
printf x >$'model/\xc3\xa9\xf0\x9f\x98\x80'
for curve in prime256v1 secp384r1 secp521r1; do
	make_pki "$curve" "$curve"
	cert=(--private_key "$curve/leaf.key" --signing_certificate "$curve/leaf.pem" --certificate_chain "$curve/int.pem")
	trust=(--certificate_chain "$curve/root.pem")
	rm -rf changed
	cp -a model changed
	echo x >>changed/sub/b

	expect "$curve: nimgate signs, certificate" 0 out succeeded sign certificate model "${cert[@]}" --signature "$curve.ours"
	ref_expect "$curve: the reference verifies it" 0 verify certificate model --signature "$curve.ours" "${trust[@]}"
	ref_expect "$curve: the reference sees a change" 1 verify certificate changed --signature "$curve.ours" "${trust[@]}"
	ref_expect "$curve: the reference signs, certificate" 0 sign certificate model "${cert[@]}" --signature "$curve.theirs"
	expect "$curve: nimgate verifies it" 0 out succeeded verify certificate model --signature "$curve.theirs" "${trust[@]}"
	expect "$curve: nimgate sees a change" 1 err "changed: 'sub/b'" verify certificate changed --signature "$curve.theirs" "${trust[@]}"

	expect "$curve: nimgate signs, key" 0 out succeeded sign key model --private_key "$curve/leaf.key" --signature "$curve.key.ours"
	ref_expect "$curve: the reference verifies the key" 0 verify key model --signature "$curve.key.ours" --public_key "$curve/leaf.pub"
	ref_expect "$curve: the reference signs, key" 0 sign key model --private_key "$curve/leaf.key" --signature "$curve.key.theirs"
	expect "$curve: nimgate verifies the key" 0 out succeeded verify key model --signature "$curve.key.theirs" --public_key "$curve/leaf.pub"
done
P=prime256v1

# Paths that are left out, and links.
cp -a model m
mkdir m/.git
echo x >m/.git/o
echo x >m/notes
expect 'nimgate signs with ignored paths' 0 out succeeded sign key m --private-key "$P/leaf.key" --signature m/model.sig --ignore-paths m/notes
ref_expect 'the reference verifies them' 0 verify key m --signature m/model.sig --public_key "$P/leaf.pub"
ref_expect 'the reference signs with ignored paths' 0 sign key m --private_key "$P/leaf.key" --signature m/model.sig --ignore-paths m/notes
expect 'nimgate verifies them' 0 err "'.git', 'model.sig', 'notes'" verify key m --signature m/model.sig --public-key "$P/leaf.pub"
rm -rf m
cp -a model m
ln -s config.json m/link
expect 'nimgate signs a link' 0 out succeeded sign key m --private-key "$P/leaf.key" --signature link.sig --allow-symlinks
ref_expect 'the reference verifies it' 0 verify key m --signature link.sig --public_key "$P/leaf.pub" --allow_symlinks
ref_expect 'the reference signs a link' 0 sign key m --private_key "$P/leaf.key" --signature link.sig --allow_symlinks
expect 'nimgate verifies it' 0 out succeeded verify key m --signature link.sig --public-key "$P/leaf.pub" --allow-symlinks

# Known differences.
rm m/link
mkdir hidden
echo evil >hidden/evil.py
ref sign key m --private_key "$P/leaf.key" --signature plain.sig
ln -s "$W/hidden" m/linked
ref_expect 'difference: the reference does not look behind a linked folder' 0 verify key m --signature plain.sig --public_key "$P/leaf.pub" --allow_symlinks
expect 'difference: nimgate refuses it' 1 err "extra: 'linked'" verify key m --signature plain.sig --public-key "$P/leaf.pub" --allow-symlinks
echo weights >one.gguf
expect 'single file: nimgate signs' 0 out succeeded sign key one.gguf --private-key "$P/leaf.key" --signature one.sig
ref_expect 'difference: the reference knows a single file by "." alone' 1 verify key one.gguf --signature one.sig --public_key "$P/leaf.pub"
ref_expect 'single file: the reference signs' 0 sign key one.gguf --private_key "$P/leaf.key" --signature one.sig
expect 'single file: nimgate verifies' 0 out succeeded verify key one.gguf --signature one.sig --public-key "$P/leaf.pub"
mkdir void
ref_expect 'difference: the reference signs an empty model' 0 sign key void --private_key "$P/leaf.key" --signature void.sig
expect 'difference: nimgate does not verify it' 4 err 'void.sig' verify key void --signature void.sig --public-key "$P/leaf.pub"
ref_expect 'difference: the reference judges certificates at their beginning alone' 0 verify certificate model --signature "$P.theirs" \
	--certificate_chain "$P/root.pem"
expect 'difference: nimgate judges them now' 4 err 2099 verify certificate model --signature "$P.theirs" --certificate-chain "$P/root.pem" --at 2099-01-01
end
