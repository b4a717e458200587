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
# NAME STATUS FILE...: each container that keeps receipts sees what they are under, or they count for nobody else.
same_machine()
{
	local name=$1 wanted=$2 said

	shift 2
	said=$("$venv/bin/python" - "$@" <<-'END' 2>&1
		import sys, yaml
		found = 0
		for name in sys.argv[1:]:
		    for document in yaml.safe_load_all(open(name)):
		        spec = document.get("spec", {}).get("template", {}).get("spec", {})
		        host = {volume["name"]: volume.get("hostPath", {}).get("path") for volume in spec.get("volumes", [])}
		        for container in spec.get("initContainers", []) + spec.get("containers", []):
		            mounts = {mount["mountPath"]: host[mount["name"]] for mount in container.get("volumeMounts", [])}
		            if "/var/lib/nimgate" not in mounts:
		                continue
		            found += 1
		            for path in "/var/lib/nimgate", "/run/nimgate", "/etc/nimgate", "/etc/machine-id", "/srv/nim-cache":
		                if mounts.get(path) != path:
		                    sys.exit(f"{name}: {container['name']}: {path} is not the node's")
		if not found:
		    sys.exit("no container keeps receipts")
	END
	)
	[ $? = "$wanted" ] && ok "$name" || not_ok "$name" "$said"
}

same_machine "receipts count on the node" 0 "$REPOSITORY/packaging/kubernetes/nimgate.yaml" "$REPOSITORY/packaging/kubernetes/prefetch.yaml"
for name in nimgate prefetch; do
	sed 's,path: /etc/machine-id,path: /etc/hostname,' "$REPOSITORY/packaging/kubernetes/$name.yaml" >"$W/$name.yaml"
	same_machine "another machine's id would be seen: $name.yaml" 1 "$W/$name.yaml"
done
sed 's/hostPID: true/hostPid: true/' "$REPOSITORY/packaging/kubernetes/nimgate.yaml" >"$W/field.yaml"
validates 'a field that is not there' "$W/field.yaml" 1.31 1
sed 's/backoffLimit: 4/backoffLimit: four/' "$REPOSITORY/packaging/kubernetes/prefetch.yaml" >"$W/kind.yaml"
validates 'a value of another kind' "$W/kind.yaml" 1.31 1
end
