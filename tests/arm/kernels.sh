#!/bin/bash
# The kernels' own tests, built for Arm (make check-arm), on an emulated CPU that has the SHA-2 instructions. A kernel that is not found
# there is a failure: emulation has everything.
set -u
B=${B:-build}
for test in "$B"/arm/test_kernel "$B"/arm/test_kernel_plan; do
	qemu-aarch64 -cpu max "$test" | sed -e 's/^skip cpu \(.*\)/not ok \1/' -e 's/^\(ok\|not ok\) /\1 arm: /'
	[ "${PIPESTATUS[0]}" = 0 ] || echo "not ok arm: ${test##*/} fails"
done
