#!/bin/bash
# Sees every check of check.sh fail: plants a violation in a copy of the tree, and expects its check to say so. Needs a built tree.
#
#   tests/hygiene/selftest.sh
#
# A row of the table is the check, and the function plant_NAME that breaks the copy.
# shellcheck disable=SC2016,SC2054 # commas and backticks are meant
set -u
here=$(realpath "$(dirname "$0")")
root=$(realpath "$here/../..")
CC=${CC:-gcc}
B=${B:-build}
failures=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

table()
{
	cat <<-'END'
		arrows        upward
		arrows        sideways
		arrows        product_in_library
		arrows        angle_brackets
		arrows        new_layer
		arrows        relative
		libraries     openssl
		libraries     yajl
		libraries     seccomp_in_test
		libraries     curl_in_command
		symbols       foreign_name
		symbols       foreign_variable
		symbols       not_built
		headers       no_once
		headers       not_alone
		functions     long_function
		files         long_file
		columns       long_line
		columns       long_comment_with_tabs
		hook-link     dynamic
		hook-link     fixed_address
		hook-link     executable_stack
		hook-link     no_relro
		hook-link     absent
		hook-network  curl_in_hook
		hook-network  http_in_hook
		hook-network  no_hook
		command-link  other_library
		command-link  own_path
		command-link  lazy
		exit-status   other_number
		exit-status   row_missing
		exit-status   row_too_many
		format        badly_laid_out
	END
}

include_in()
{
	mkdir -p "$(dirname "$1")"
	echo "#include $2" >>"$1"
}

plant_upward() { include_in lib/base/text.c '"border/json.h"'; }
plant_sideways() { include_in lib/oms/bundle.h '"nim/cache.h"'; }
plant_product_in_library() { include_in lib/oci/state.c '"hook/admit.h"'; }
plant_angle_brackets() { include_in lib/nim/cache.c '<oms/bundle.h>'; }
plant_new_layer() { include_in lib/misc/thing.c '"base/text.h"'; }
plant_relative() { include_in lib/base/text.c '"../border/json.h"'; }
plant_openssl() { include_in lib/oms/sign.c '<openssl/evp.h>'; }
plant_yajl() { include_in lib/border/yaml.c '<yajl/yajl_tree.h>'; }
plant_seccomp_in_test() { include_in tests/unit/test_text.c '<seccomp.h>'; }
plant_curl_in_command() { include_in cli/fetch.c '"curl/curl.h"'; }

# More code in a module, compiled to where the release's objects lie.
compile_into()
{
	local object

	echo "$2" >>"lib/$1.c"
	for object in "$B"/release-*/lib/"$1".o; do
		"$CC" -std=gnu11 -D_GNU_SOURCE -Ilib -I. -c -o "$object" "lib/$1.c"
	done
}

plant_foreign_name() { compile_into base/text 'int other_thing(void); int other_thing(void) { return 0; }'; }
plant_foreign_variable() { compile_into base/text 'extern int texture; int texture = 1;'; }
plant_not_built() { touch lib/base/thing.c; }
plant_no_once() { sed -i '/#pragma once/d' lib/base/text.h; }
plant_not_alone() { echo 'size_t2 thing_size(void);' >>lib/base/text.h; }

repeat()
{
	local i

	for ((i = 0; i < $1; i++)); do
		echo "$2"
	done
}

plant_long_function() { { echo 'static void'; echo 'thing(void)'; echo '{'; repeat 99 ';'; echo '}'; } >>lib/base/text.c; }
plant_long_file() { repeat 401 '' >lib/base/thing.c; }
plant_long_line() { printf '%s\n' "int $(printf 'x%.0s' {1..96});" >>lib/base/text.h; }
plant_long_comment_with_tabs() { printf '\t\t/* %s */\n' "$(printf 'x%.0s' {1..80})" >>lib/base/text.c; }

link_as()
{
	local program=$1

	shift
	echo 'int main(void) { return 0; }' | "$CC" -o "$B/bin/$program" -x c - "$@"
}

hardened=(-fPIE -Wl,-z,relro,-z,now,-z,noexecstack)
plant_dynamic() { link_as nimgate-hook "${hardened[@]}" -pie; }
plant_fixed_address() { link_as nimgate-hook -static -no-pie -Wl,-z,relro,-z,now,-z,noexecstack; }
plant_executable_stack() { link_as nimgate-hook "${hardened[@]}" -static-pie -Wl,-z,execstack; }
plant_no_relro() { link_as nimgate-hook "${hardened[@]}" -static-pie -Wl,-z,norelro; }
plant_absent() { rm -f "$B/bin/nimgate-hook"; }
plant_curl_in_hook() { link_as nimgate-hook "${hardened[@]}" -pie -Wl,--no-as-needed -lcurl; }
plant_http_in_hook() { echo 'int http_get(void); int http_get(void) { return 0; } int main(void) { return http_get(); }' | "$CC" -o "$B/bin/nimgate-runtime" -x c -; }
plant_no_hook() { rm -f "$B/bin/nimgate-runtime"; }
plant_other_library() { link_as nimgate "${hardened[@]}" -pie -Wl,--no-as-needed -lm; }
plant_own_path() { link_as nimgate "${hardened[@]}" -pie -Wl,-rpath,/opt/lib; }
plant_lazy() { link_as nimgate -fPIE -pie -Wl,-z,relro,-z,lazy,-z,noexecstack; }
plant_other_number() { sed -i -E 's/^(\|[ `]*missing[ `]*\| *)1 /\17 /' docs/exit-status.md; }
plant_row_missing() { sed -i -E '/^\|[ `]*deadline[ `]*\|/d' docs/exit-status.md; }
plant_row_too_many() { echo '| tired | 9 | 19 | |' >>docs/exit-status.md; }
plant_badly_laid_out() { echo 'int  thing (void) ;' >>lib/base/text.h; }

copy_tree()
{
	rm -rf "$work/tree"
	mkdir -p "$work/tree/$B"
	cp -r "$root"/{lib,hook,cli,tests,docs,.clang-format} "$work/tree/" 2>/dev/null
	cp -r "$root/$B"/release-* "$root/$B/bin" "$work/tree/$B/" 2>/dev/null
	mkdir -p "$work/tree/$B/bin"
}

# The check's exit status and words, in the copy as it stands.
judge()
{
	output=$("$here/check.sh" "$work/tree" "$1" 2>&1)
}

# The check fails on the broken copy, and says more than it did on the untouched one: a tree that has faults of its own is
# check.sh's to report.
see_it_fail()
{
	local check=$1 plant=$2 before

	copy_tree
	judge "$check"
	before=$output
	(cd "$work/tree" && "plant_$plant") >/dev/null 2>&1
	if judge "$check"; then
		echo "not ok selftest/$check/$plant: passes with the violation"
	elif [[ $output != "not ok hygiene/$check: "* ]] || [ "$output" = "$before" ]; then
		echo "not ok selftest/$check/$plant: does not say what failed: $output"
	else
		echo "ok selftest/$check/$plant"
		return
	fi
	failures=$((failures + 1))
}

while read -r check plant; do
	[ "$check" != format ] || command -v clang-format-14 >/dev/null || continue
	see_it_fail "$check" "$plant"
done < <(table)
[ $failures = 0 ]
