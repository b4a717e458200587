/* What an audit leaves for the next one, and what is none of it. */
#include "cli/audit_state.h"

#include "base/mem.h"
#include "base/writer.h"
#include "check.h"

#include <errno.h>
#include <sys/stat.h>

#define HEAD "nimgate-audit 1\ntime 1795596475\ncontainers 3\nalerts 1\n"
#define ROW  "admitted 4711 5123456 1795590000 none\n"

static void
test_good(void)
{
	static const char text[] = HEAD ROW "admitted 1 1 0 not-cached\n";
	cleanup_writer struct writer writer = { 0 };
	struct audit_state state;
	int result = audit_state_parse(text, strlen(text), &state);

	check(result == 0 && state.count == 2, "two", "%zu", state.count);
	check(state.time_s == 1795596475 && state.containers == 3 && state.alerts == 1, "numbers",
		"%lld", (long long)state.time_s);
	check(state.rows[0].pid == 4711 && state.rows[0].ticks == 5123456 &&
			state.rows[0].decided_s == 1795590000,
		"a row", "%d", (int)state.rows[0].pid);
	check_text(state.rows[1].reason, "not-cached", "its reason");
	audit_state_format(&state, &writer);
	check_text(writer.text, text, "there and back");
	audit_state_release(&state);
}

static void
test_bad(void)
{
	static const char *const rows[] = { "", "nimgate-audit 1\n", "nimgate-audit 2\n",
		"nimgate-audit 1\ntime 1\ncontainers 3\n",
		"nimgate-audit 1\ntime 1\nalerts 3\ncontainers 1\n",
		"nimgate-audit 1\ntime -1\ncontainers 3\nalerts 1\n",
		"nimgate-audit 1\ntime\ncontainers 3\nalerts 1\n", HEAD "\n",
		HEAD "admitted 1 1 1\n", HEAD "admitted 1 1 1 \n", HEAD "admitted 1 1 1 none",
		HEAD "admitted 0 1 1 none\n", HEAD "admitted 1 0 1 none\n",
		HEAD "admitted 01 1 1 none\n", HEAD "admitted 4294967296 1 1 none\n",
		HEAD "admitted  1 1 1 none\n", HEAD "refused 1 1 1 none\n",
		HEAD "admitted 1 1 1 None\n", HEAD "admitted 1 1 1 a-word-that-is-too-long-x\n",
		HEAD ROW "x", HEAD ROW "\n" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct audit_state state;
		char name[32];

		snprintf(name, sizeof(name), "refused: row %zu", i);
		check(audit_state_parse(rows[i], strlen(rows[i]), &state) != 0 && !state.rows &&
				state.time_s == 0,
			name, "accepted: %s", rows[i]);
	}
}

/* Whose word counts. */
static void
test_trust(void)
{
	char path[] = "/tmp/nimgate-audit.XXXXXX";
	cleanup_fd int fd = mkstemp(path);
	struct audit_state state;
	struct error err = { 0 };

	check(write(fd, HEAD ROW, strlen(HEAD ROW)) > 0, "written", "not");
	check_result(audit_state_read(path, &state, &err), REASON_NONE, &err, "one's own");
	audit_state_release(&state);
	chmod(path, 0666);
	check_result(audit_state_read(path, &state, &err), REASON_CONFIG, &err, "anybody's");
	unlink(path);
	check(audit_state_read(path, &state, &err) != 0 && err.os_errno == ENOENT, "none", "%s",
		err.text);
}

int
main(void)
{
	test_good();
	test_bad();
	test_trust();
	return check_end();
}
