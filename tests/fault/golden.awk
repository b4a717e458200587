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
# A call counts where its answer stands: of one that is killed strace may show another process's call.
text ~ /^([a-z_0-9]+\(|<\.\.\. [a-z_0-9]+ resumed)/ && text !~ /(<unfinished \.\.\.>|resumed.* = \?)$/ {
	process = pid in owner ? owner[pid] : pid
	call = text
	sub(/^<\.\.\. /, "", call)
	sub(/[( ].*/, "", call)
	if (process in locked && process in name)
		print name[process], call (text ~ /ENOSYS \(/ ? " refused" : "")
}
# Last, so that the loading itself does not count.
text ~ /^seccomp\(SECCOMP_SET_MODE_FILTER.* = 0$/ || (loading[pid] && text ~ /^<\.\.\. seccomp resumed.* = 0$/) { locked[pid] = 1 }
{ loading[pid] = text ~ /^seccomp\(SECCOMP_SET_MODE_FILTER.*unfinished/ }
