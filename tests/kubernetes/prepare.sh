#!/bin/bash
# What the test of Kubernetes needs and no machine has: kubelet, control plane and kubectl, built from Debian's source package (Debian 12's is the
# last one that has more than kubectl in it), and the root file system of a node.
#
#   tests/kubernetes/prepare.sh FOLDER
#
# FOLDER gets bin and root; one that is complete is left as it is, and needs no network. The compiler is Debian's, unpacked; nothing is installed.
# Takes about ten minutes on two processors. Ends with 1 and says what is missing where the mirror does not have it.
set -eu
. "$(dirname "$0")/../engines/apt.sh"
SUITE=bookworm
FOLDER=$(realpath -m "$1")
VERSION=1.20.5+really1.20.2
PROGRAMS=(kubelet kube-apiserver kube-controller-manager kube-scheduler kubectl)
NODE_PACKAGES=systemd,dbus,containerd,runc,containernetworking-plugins,iproute2,etcd-server,procps
# What the source takes along calls the runtime of a later Go by its old names: Debian's own package of that library does not.
GO_PACKAGES=(golang-1.19-go golang-1.19-src golang-github-modern-go-reflect2-dev)

fail()
{
	echo "prepare.sh: $*" | paste -sd ' ' >&2
	exit 1
}

complete()
{
	[ "$(cat "$FOLDER/complete" 2>/dev/null)" = "$VERSION $NODE_PACKAGES" ]
}

fetch_source()
{
	local package library=github.com/modern-go/reflect2

	cd "$work/cache"
	apt_own --only-source --download-only source "kubernetes" || fail "apt-get source: $(tail -n 3 "$work/log")"
	[ -e "kubernetes_$VERSION.orig.tar.gz" ] || fail "the mirror has another release of kubernetes: $(echo kubernetes_*.dsc)"
	apt_own download "${GO_PACKAGES[@]}" || fail "apt-get download: $(tail -n 3 "$work/log")"
	for package in *.deb; do
		dpkg-deb --extract "$package" "$work/tree"
	done
	mkdir -p "$work/go/src/k8s.io"
	dpkg-source --no-check -x kubernetes_*.dsc "$work/go/src/k8s.io/kubernetes" >>"$work/log" 2>&1 || fail "dpkg-source: $(tail -n 3 "$work/log")"
	cd "$work/go/src/k8s.io/kubernetes"
	rm -r "vendor/${library:?}"
	cp -r "$work/tree/usr/share/gocode/src/$library" "vendor/$library"
}

# The API server's own description of itself, which its Makefile would generate, too.
generate()
{
	local package=k8s.io/kubernetes folders

	folders=$(grep -rl '+k8s:openapi-gen=' --include='*.go' pkg cmd plugin staging/src/k8s.io | grep -v -e /code-generator/ -e /sample- -e _test.go |
		xargs -n 1 dirname | LC_ALL=C sort -u | sed "s,^staging/src/,vendor/,; s,^,$package/," | paste -sd ,)
	go build -p 2 -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
	"$work/openapi-gen" -i "$folders" -p $package/pkg/generated/openapi -O zz_generated.openapi -h vendor/k8s.io/code-generator/hack/boilerplate.go.txt \
		-r "$work/violations"
}

build()
{
	local program

	export GOROOT=$work/tree/usr/lib/go-1.19 GOCACHE=$work/gocache GOPATH=$work/go GOPROXY=off GO111MODULE=off GOFLAGS='' CGO_ENABLED=0
	export PATH=$GOROOT/bin:$PATH
	generate
	for program in "${PROGRAMS[@]}"; do
		go build -p 2 -trimpath -o "$FOLDER/bin/$program" -ldflags "-s -w -X $1.gitVersion=v${VERSION##*really} -X $1.gitMajor=1 -X $1.gitMinor=20" \
			"./cmd/$program"
	done
}

# A systemd that starts nothing but what it is told to.
make_root()
{
	debootstrap --variant=minbase --include="$NODE_PACKAGES" $SUITE "$FOLDER/root" "$(apt_mirror $SUITE)" >"$work/log" 2>&1 ||
		fail "debootstrap: $(tail -n 3 "$work/log")"
	chroot "$FOLDER/root" sh -c 'rm -rf /etc/systemd/system/* /usr/lib/systemd/system/*.wants /usr/lib/systemd/system-generators/* /var/cache/apt/*.bin
		printf "[Unit]\nDefaultDependencies=no\n" >/etc/systemd/system/nothing.target
		echo 0123456789abcdef0123456789abcdef >/etc/machine-id'
}

! complete || exit 0
for program in debootstrap dpkg-source; do
	command -v $program >/dev/null || fail "$program is not there: tests/deps.sh kubernetes"
done
rm -rf "$FOLDER"
mkdir -p "$FOLDER/bin"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
apt_prepare $SUITE deb deb-src
make_root
fetch_source
build k8s.io/kubernetes/vendor/k8s.io/component-base/version >"$work/build.log" 2>&1 || fail "go build: $(tail -n 5 "$work/build.log")"
echo "$VERSION $NODE_PACKAGES" >"$FOLDER/complete"
