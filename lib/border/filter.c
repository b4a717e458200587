#include "border/filter.h"

#include "base/error.h"
#include "base/mem.h"

#include <errno.h>
#include <seccomp.h>

/* Ends the process at once: an honest child never tries, so whoever tries is an intruder. */
static const struct {
	int call; /* negative where this architecture has no such call */
	const char *why;
} deadly[] = {
	{ SCMP_SYS(execve), "another program" },
	{ SCMP_SYS(execveat), "another program" },
	{ SCMP_SYS(fork), "another process would outlive its limits" },
	{ SCMP_SYS(vfork), "another process would outlive its limits" },
	{ SCMP_SYS(ptrace), "another process's memory and registers" },
	{ SCMP_SYS(process_vm_readv), "another process's memory" },
	{ SCMP_SYS(process_vm_writev), "another process's memory" },
	{ SCMP_SYS(process_madvise), "another process's memory" },
	{ SCMP_SYS(pidfd_open), "another process" },
	{ SCMP_SYS(pidfd_getfd), "another process's descriptors" },
	{ SCMP_SYS(pidfd_send_signal), "signals to others" },
	{ SCMP_SYS(kill), "signals to others" },
	{ SCMP_SYS(tkill), "signals to others" },
	{ SCMP_SYS(rt_sigqueueinfo), "signals to others" },
	{ SCMP_SYS(socket), "network" },
	{ SCMP_SYS(socketpair), "network" },
	{ SCMP_SYS(connect), "network, and sockets of services" },
	{ SCMP_SYS(bind), "network" },
	{ SCMP_SYS(listen), "network" },
	{ SCMP_SYS(accept), "network" },
	{ SCMP_SYS(accept4), "network" },
	{ SCMP_SYS(open_by_handle_at), "files by number, past every directory" },
	{ SCMP_SYS(name_to_handle_at), "numbers for open_by_handle_at" },
	{ SCMP_SYS(bpf), "kernel attack surface" },
	{ SCMP_SYS(perf_event_open), "kernel attack surface" },
	{ SCMP_SYS(fanotify_init), "files of others, as they open them" },
	{ SCMP_SYS(userfaultfd), "holds the kernel still in the middle of a copy" },
	{ SCMP_SYS(io_uring_setup), "goes round every filter" },
	{ SCMP_SYS(io_uring_enter), "goes round every filter" },
	{ SCMP_SYS(io_uring_register), "goes round every filter" },
	{ SCMP_SYS(keyctl), "keys of the user and the kernel" },
	{ SCMP_SYS(add_key), "keys of the user and the kernel" },
	{ SCMP_SYS(request_key), "keys, and a helper program run by the kernel" },
	{ SCMP_SYS(setns), "another namespace" },
	{ SCMP_SYS(unshare), "a namespace in which it would be root" },
	{ SCMP_SYS(chroot), "another root" },
	{ SCMP_SYS(pivot_root), "another root" },
	{ SCMP_SYS(mount), "mounts" },
	{ SCMP_SYS(umount2), "mounts" },
	{ SCMP_SYS(mount_setattr), "mounts" },
	{ SCMP_SYS(move_mount), "mounts" },
	{ SCMP_SYS(open_tree), "mounts" },
	{ SCMP_SYS(fsopen), "mounts" },
	{ SCMP_SYS(fsconfig), "mounts" },
	{ SCMP_SYS(fsmount), "mounts" },
	{ SCMP_SYS(fspick), "mounts" },
	{ SCMP_SYS(init_module), "kernel code" },
	{ SCMP_SYS(finit_module), "kernel code" },
	{ SCMP_SYS(delete_module), "kernel code" },
	{ SCMP_SYS(kexec_load), "another kernel" },
	{ SCMP_SYS(kexec_file_load), "another kernel" },
	{ SCMP_SYS(reboot), "the host" },
	{ SCMP_SYS(swapon), "the host" },
	{ SCMP_SYS(swapoff), "the host" },
	{ SCMP_SYS(settimeofday), "the host's clock" },
	{ SCMP_SYS(clock_settime), "the host's clock" },
	{ SCMP_SYS(adjtimex), "the host's clock" },
	{ SCMP_SYS(clock_adjtime), "the host's clock" },
	{ SCMP_SYS(acct), "the host" },
	{ SCMP_SYS(syslog), "the kernel's log" },
	{ SCMP_SYS(quotactl), "the host" },
	{ SCMP_SYS(iopl), "hardware" },
	{ SCMP_SYS(ioperm), "hardware" },
	{ SCMP_SYS(seccomp), "changes to the filter" },
};

static void
release_context(scmp_filter_ctx *context)
{
	if (*context)
		seccomp_release(*context);
}

static bool
is_listed(const struct filter_table *table, int call)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->rules[i].call == call)
			return true;
	return false;
}

static int
set_attributes(scmp_filter_ctx context, struct error *err)
{
	static const struct {
		enum scmp_filter_attr attribute;
		uint32_t value;
	} table[] = {
		{ SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS }, /* also for x32 on x86-64 */
		{ SCMP_FLTATR_CTL_NNP, 1 }, { SCMP_FLTATR_CTL_TSYNC, 1 }, /* all threads or none */
	};
	int result;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		result = seccomp_attr_set(context, table[i].attribute, table[i].value);
		if (result)
			return error_set_os(err, REASON_INTERNAL, -result,
				"system call filter: attribute %d cannot be set",
				(int)table[i].attribute);
	}
	return 0;
}

static int
allow(scmp_filter_ctx context, const struct filter_rule *rule)
{
	struct scmp_arg_cmp comparisons[FILTER_COMPARISONS];
	unsigned int count = 0;

	for (size_t i = 0; i < FILTER_COMPARISONS; i++)
		if (rule->comparisons[i].mask)
			comparisons[count++] = (struct scmp_arg_cmp){
				.arg = rule->comparisons[i].index,
				.op = SCMP_CMP_MASKED_EQ,
				.datum_a = rule->comparisons[i].mask,
				.datum_b = rule->comparisons[i].value,
			};
	return seccomp_rule_add_array(context, SCMP_ACT_ALLOW, rule->call, count, comparisons);
}

static int
add_rules(scmp_filter_ctx context, const struct filter_table *table, struct error *err)
{
	int result;

	for (size_t i = 0; i < table->count; i++) {
		result = allow(context, &table->rules[i]);
		if (result)
			return error_set_os(err, REASON_INTERNAL, -result,
				"system call filter %s: call %d cannot be allowed", table->name,
				table->rules[i].call);
	}
	for (size_t i = 0; i < ARRAY_SIZE(deadly); i++) {
		if (deadly[i].call < 0 || is_listed(table, deadly[i].call))
			continue;
		result = seccomp_rule_add(context, SCMP_ACT_KILL_PROCESS, deadly[i].call, 0);
		if (result)
			return error_set_os(err, REASON_INTERNAL, -result,
				"system call filter %s: call %d (%s) cannot be refused",
				table->name, deadly[i].call, deadly[i].why);
	}
	return 0;
}

int
filter_load(const struct filter_table *table, struct error *err)
{
	__attribute__((cleanup(release_context))) scmp_filter_ctx context =
		seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int result;

	if (!context)
		return error_set(err, REASON_INTERNAL, 0,
			"system call filter %s: libseccomp cannot begin", table->name);
	if (set_attributes(context, err) || add_rules(context, table, err))
		return -1;
	result = seccomp_load(context);
	if (result)
		return error_set_os(err, REASON_INTERNAL, -result,
			"system call filter %s: the kernel does not take it", table->name);
	return 0;
}
