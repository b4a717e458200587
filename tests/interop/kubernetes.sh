#!/bin/bash
# packaging/kubernetes by the schemas of Kubernetes (kubernetes-validate of PyPI, which has them inside), strictly: a field that is not there is
# an error.
. "$(dirname "$0")/../cli/lib.bash"
venv=$REPOSITORY/${B:-build}/venv-kubernetes
RELEASES=(1.28 1.31 1.34)

if ! [ -x "$venv/bin/kubernetes-validate" ]; then
	if ! { python3 -m venv "$venv" && "$venv/bin/pip" install -q kubernetes-validate; } >"$W/pip.log" 2>&1; then
		echo "skip kubernetes: kubernetes-validate cannot be installed ($(tail -n 1 "$W/pip.log"))"
		exit 0
	fi
fi

# NAME FILE RELEASE STATUS
validates()
{
	local said

	said=$("$venv/bin/kubernetes-validate" --strict --no-warn -k "$3.0" "$2" 2>&1)
	[ $? = "$4" ] && ok "$1" || not_ok "$1" "$said"
}

for file in "$REPOSITORY"/packaging/kubernetes/*.yaml; do
	for release in "${RELEASES[@]}"; do
		validates "${file##*/}: Kubernetes $release" "$file" "$release" 0
	done
done
sed 's/hostPID: true/hostPid: true/' "$REPOSITORY/packaging/kubernetes/nimgate.yaml" >"$W/field.yaml"
validates 'a field that is not there' "$W/field.yaml" 1.31 1
sed 's/backoffLimit: 4/backoffLimit: four/' "$REPOSITORY/packaging/kubernetes/prefetch.yaml" >"$W/kind.yaml"
validates 'a value of another kind' "$W/kind.yaml" 1.31 1
end
