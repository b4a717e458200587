# Certificates for the fixtures, made by openssl. Sourced after lib.sh; all lie in W/pki as NAME.key and NAME.pem.
# shellcheck shell=bash

pki_open()
{
	mkdir -p "$W/pki/issued"
	: >"$W/pki/index"
	cat >"$W/pki/ca.cnf" <<-END
		[ca]
		default_ca = here
		[here]
		database = $W/pki/index
		new_certs_dir = $W/pki/issued
		rand_serial = yes
		unique_subject = no
		policy = any
		[any]
		organizationName = supplied
		commonName = supplied
		[req]
		distinguished_name = name
		[name]
		[root]
		basicConstraints = critical, CA:TRUE
		keyUsage = critical, keyCertSign, cRLSign
		subjectKeyIdentifier = hash
		[intermediate]
		basicConstraints = critical, CA:TRUE, pathlen:0
		keyUsage = critical, keyCertSign, cRLSign
		subjectKeyIdentifier = hash
		authorityKeyIdentifier = keyid
		[leaf]
		keyUsage = critical, digitalSignature
		subjectKeyIdentifier = hash
		authorityKeyIdentifier = keyid
	END
}

# certificate NAME ISSUER root|intermediate|leaf START END: NAME.key and NAME.pem, P-384. Dates as openssl ca takes them.
certificate()
{
	local name=$1 issuer=$2 kind=$3 start=$4 end=$5 p=$W/pki
	local by=(-cert "$p/$issuer.pem" -keyfile "$p/$issuer.key")

	[ "$name" != "$issuer" ] || by=(-selfsign -keyfile "$p/$name.key")
	{
		openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out "$p/$name.key" &&
			openssl req -new -config "$p/ca.cnf" -key "$p/$name.key" -subj "/O=nimgate test/CN=$name" \
				-out "$p/$name.csr" &&
			openssl ca -config "$p/ca.cnf" -batch -notext -md sha384 -extensions "$kind" -startdate "$start" \
				-enddate "$end" "${by[@]}" -in "$p/$name.csr" -out "$p/$name.pem"
	} 2>"$p/log" || die "cannot make certificate $name: $(cat "$p/log")"
}

# Three levels like NVIDIA's, and a root that signed nothing here.
pki_build()
{
	local start=20240101000000Z end=20991231235959Z

	pki_open
	certificate root root root $start $end
	certificate intermediate root intermediate $start $end
	certificate leaf intermediate leaf $start $end
	certificate stranger stranger root $start $end
	openssl pkey -in "$W/pki/leaf.key" -pubout -out "$W/pki/leaf.pub" || die "cannot make leaf.pub"
}
