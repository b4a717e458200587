# From "strace -f" of a program: "CHILD CALL" for each call that a contained child of that name made once its filter was loaded, and
# "CHILD CALL refused" where the filter answered. Threads count as their process.
{
	pid = $1
	text = $0
	sub(/^[0-9]+ +/, "", text)
}
text ~ /^prctl\(PR_SET_NAME, "/ {
	name[pid] = text
	sub(/^[^"]*"/, "", name[pid])
	sub(/".*/, "", name[pid])
}
text ~ /^(clone|clone3)\(.*CLONE_THREAD.* = [0-9]+$/ || text ~ /^<\.\.\. clone3? resumed>.* = [0-9]+$/ {
	if (pid in name) {
		thread = text
		sub(/.* = /, "", thread)
		owner[thread] = pid
	}
}
text ~ /^[a-z_0-9]+\(/ {
	process = pid in owner ? owner[pid] : pid
	call = text
	sub(/\(.*/, "", call)
	if (process in locked && process in name)
		print name[process], call (text ~ /ENOSYS \(/ ? " refused" : "")
}
text ~ /^seccomp\(SECCOMP_SET_MODE_FILTER/ { loading[pid] = text ~ /unfinished/ }
text ~ /^seccomp\(SECCOMP_SET_MODE_FILTER.* = 0$/ || (loading[pid] && text ~ /^<\.\.\. seccomp resumed.* = 0$/) { locked[pid] = 1 }
