#include "cli/cmd_lock.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/locked.h"
#include "cli/option.h"
#include "nim/ngc_ref.h"

#include <string.h>

struct lock_options {
	const char *policy;
	const char *lock;
	bool all;
	bool replace;
};

static const struct option options[] = {
	{ "all", OPTION_FLAG, offsetof(struct lock_options, all), NULL,
		"every version whose signature lies in the policy's folders" },
	{ "replace", OPTION_FLAG, offsetof(struct lock_options, replace), NULL,
		"add: also versions that are locked as something else" },
	{ "policy", OPTION_TEXT, offsetof(struct lock_options, policy), "FILE",
		"the policy (default: " POLICY_PATH_DEFAULT ")" },
	{ "lock", OPTION_TEXT, offsetof(struct lock_options, lock), "FILE",
		"the lock file (default: the policy's lock_file, else " LOCK_PATH_DEFAULT ")" },
};

static const struct option_table table = {
	.usage = "lock add|check|diff|remove [REF...] [OPTION...]",
	.about =
		"add     Verifies the signature of each REF (org/team/model:version) and writes what it signs into\n"
		"        the lock file. What is locked as something else stays, unless --replace.\n"
		"check   Is each locked version (or REF) signed as it is locked?\n"
		"diff    What differs between the lock file and the signatures that lie here.\n"
		"remove  Takes each REF out.\n"
		"\n"
		"With lock: required in the policy, only what is locked starts (docs/supply.md).\n",
	.options = options,
	.count = ARRAY_SIZE(options),
};

/* One run of the command. */
struct run {
	struct locked locked;
	const struct lock_options *values;
	size_t changed;       /* entries of the lock file */
	struct error refusal; /* the first; REASON_NONE: none */
};

static void
refuse(struct run *run, const struct error *err)
{
	console_say(CONSOLE_ERROR, "%s", err->text);
	if (run->refusal.reason == REASON_NONE)
		run->refusal = *err;
}

static void
print_entry(char sign, const struct lock_entry *entry)
{
	printf("%c %s sha256:%s%s%s\n", sign, entry->version, digest_format(&entry->payload).text,
		entry->signer[0] ? " " : "", entry->signer);
}

static void
release_entry(struct lock_entry *entry)
{
	free(entry->version);
	free(entry->signer);
}

/* Puts ENTRY in the place of OLD (NULL: there is none). */
static int
put(struct run *run, const struct lock_entry *old, const struct lock_entry *entry,
	struct error *err)
{
	bool replaced;

	if (old)
		print_entry('-', old);
	print_entry('+', entry);
	run->changed++;
	return lock_put(&run->locked.lock, entry, &replaced, err);
}

static void
add(struct run *run, const struct ngc_ref *ref)
{
	const struct lock_entry *old = lock_find(&run->locked.lock, ref);
	struct lock_entry entry;
	struct error err;

	if (locked_verify(&run->locked, ref, &entry, &err)) {
		refuse(run, &err);
		return;
	}
	if (old && digest_equal(&old->payload, &entry.payload)) {
		print_entry('=', old);
	} else if (old && !run->values->replace) {
		lock_check(&run->locked.lock, ref, &entry.payload, &err);
		error_wrap(&err, "not locked without --replace");
		refuse(run, &err);
	} else if (put(run, old, &entry, &err)) {
		refuse(run, &err);
	}
	release_entry(&entry);
}

static void
check(struct run *run, const struct ngc_ref *ref)
{
	struct lock_entry entry;
	struct error err;

	if (locked_verify(&run->locked, ref, &entry, &err)) {
		refuse(run, &err);
		return;
	}
	if (lock_check(&run->locked.lock, ref, &entry.payload, &err))
		refuse(run, &err);
	else
		printf("%s: as locked\n", entry.version);
	release_entry(&entry);
}

/* One version that lies here: is it locked, and as that? */
static void
compare(struct run *run, const struct ngc_ref *ref)
{
	const struct lock_entry *old = lock_find(&run->locked.lock, ref);
	struct lock_entry entry;
	struct error err;

	if (locked_verify(&run->locked, ref, &entry, &err)) {
		refuse(run, &err);
		return;
	}
	if (!old || !digest_equal(&old->payload, &entry.payload)) {
		if (old)
			print_entry('-', old);
		print_entry('+', &entry);
		run->changed++;
	}
	release_entry(&entry);
}

static void
remove_entry(struct run *run, const struct ngc_ref *ref)
{
	const struct lock_entry *old = lock_find(&run->locked.lock, ref);
	struct error err;

	if (!old) {
		error_set(&err, REASON_LOCK, 0, "%s: not in the lock file", NGC_REF_TEXT(ref));
		refuse(run, &err);
		return;
	}
	print_entry('-', old);
	lock_remove(&run->locked.lock, ref);
	run->changed++;
}

/* ACT for each REF of the words. */
static int
each_word(struct run *run, const struct option_list *words,
	void (*act)(struct run *run, const struct ngc_ref *ref), struct error *err)
{
	struct ngc_ref ref;

	for (size_t i = 1; i < words->count; i++) {
		if (ngc_ref_parse(words->values[i], &ref, err)) {
			err->reason = REASON_USAGE;
			return -1;
		}
		act(run, &ref);
	}
	return 0;
}

static int
each_signature(
	struct run *run, void (*act)(struct run *run, const struct ngc_ref *ref), struct error *err)
{
	if (locked_find_signatures(&run->locked, err))
		return -1;
	for (size_t i = 0; i < run->locked.count; i++)
		act(run, &run->locked.refs[i]);
	return 0;
}

static int
each_entry(
	struct run *run, void (*act)(struct run *run, const struct ngc_ref *ref), struct error *err)
{
	struct ngc_ref ref;

	for (size_t i = 0; i < run->locked.lock.count; i++) {
		if (ngc_ref_parse(run->locked.lock.entries[i].version, &ref, err))
			return -1;
		act(run, &ref);
	}
	return 0;
}

static int
run_add(struct run *run, const struct option_list *words, struct error *err)
{
	if (words->count == 1 && !run->values->all)
		return error_set(err, REASON_USAGE, 0, "add: expected a REF or --all (see --help)");
	if (each_word(run, words, add, err) || (run->values->all && each_signature(run, add, err)))
		return -1;
	return run->changed ? locked_save(&run->locked, err) : 0;
}

static int
run_check(struct run *run, const struct option_list *words, struct error *err)
{
	return words->count > 1 ? each_word(run, words, check, err) : each_entry(run, check, err);
}

/* What is locked and does not lie here is a difference, too: its signature may have gone astray. */
static void
compare_locked(struct run *run, const struct ngc_ref *ref)
{
	for (size_t i = 0; i < run->locked.count; i++)
		if (ngc_ref_equal(&run->locked.refs[i], ref))
			return;
	print_entry('-', lock_find(&run->locked.lock, ref));
	run->changed++;
}

static int
run_diff(struct run *run, const struct option_list *words, struct error *err)
{
	if (words->count > 1)
		return each_word(run, words, compare, err);
	return each_signature(run, compare, err) || each_entry(run, compare_locked, err) ? -1 : 0;
}

static int
run_remove(struct run *run, const struct option_list *words, struct error *err)
{
	if (words->count == 1)
		return error_set(err, REASON_USAGE, 0, "remove: expected a REF (see --help)");
	if (each_word(run, words, remove_entry, err))
		return -1;
	return run->changed ? locked_save(&run->locked, err) : 0;
}

static const struct {
	const char *word;
	int (*run)(struct run *run, const struct option_list *words, struct error *err);
	bool changes; /* the lock file */
	bool differs; /* differences are the answer "no" */

} actions[] = {
	{ "add", run_add, true, false },
	{ "check", run_check, false, false },
	{ "diff", run_diff, false, true },
	{ "remove", run_remove, true, false },
};

static int
act(size_t action, const struct lock_options *values, const struct option_list *words)
{
	struct run run = { .values = values };
	struct error err = { 0 };
	int result = locked_open(values->policy ? values->policy : POLICY_PATH_DEFAULT,
		values->lock, actions[action].changes, &run.locked, &err);

	if (result == 0)
		result = actions[action].run(&run, words, &err);
	locked_close(&run.locked);
	if (result)
		return console_fail("nimgate lock", &err);
	if (run.refusal.reason != REASON_NONE)
		return reason_status(run.refusal.reason);
	return actions[action].differs && run.changed ? reason_status(REASON_LOCK)
						      : REASON_STATUS_ADMIT;
}

int
cmd_lock(const struct option_list *argv)
{
	struct lock_options values = { 0 };
	struct option_list words = { 0 };
	struct error err;
	int result = option_parse(&table, argv, &values, &words, &err);

	if (result > 0)
		return REASON_STATUS_ADMIT;
	if (result)
		return console_fail("nimgate lock", &err);
	for (size_t i = 0; words.count && i < ARRAY_SIZE(actions); i++)
		if (strcmp(words.values[0], actions[i].word) == 0)
			return act(i, &values, &words);
	error_set(&err, REASON_USAGE, 0, "expected add, check, diff or remove (see --help)");
	return console_fail("nimgate lock", &err);
}
