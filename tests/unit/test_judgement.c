/* Containers against a decision log: this process and a child stand for their first processes. */
#include "cli/judgement.h"

#include "base/birth.h"
#include "base/mem.h"
#include "check.h"
#include "cli/containers.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define AGAIN   "it started again after it was admitted"
#define REFUSED "it was refused, and runs"
#define NONE    "the log has no decision about it"

static char log_path[] = "/tmp/nimgate-log.XXXXXX";
static struct container container;
static struct birth birth;
static pid_t other; /* another process with the same mounts */
static char now[32];

static void
put(const char *text)
{
	FILE *file = fopen(log_path, "w");

	fputs(text, file);
	fclose(file);
}

/* A line about ID at TIME; PROCESS is JSON, or NULL for a line that names none. Static storage.
 */
static const char *
line(const char *id, const char *verdict, const char *time, const char *process)
{
	static char texts[8][512];
	static size_t next;
	char *text = texts[next++ % ARRAY_SIZE(texts)];

	snprintf(text, sizeof(texts[0]),
		"{\"schema\": 1, \"time\": \"%s\", \"container\": \"%s\", \"verdict\": \"%s\", \"reason\": null%s%s}\n",
		time, id, verdict, process ? ", \"process\": " : "", process ? process : "");
	return text;
}

/* JSON of a process. Static storage. */
static const char *
process(pid_t pid, uint64_t ticks, const char *boot)
{
	static char texts[8][128];
	static size_t next;
	char *text = texts[next++ % ARRAY_SIZE(texts)];

	snprintf(text, sizeof(texts[0]), "{\"pid\": %d, \"started\": %llu, \"boot\": \"%s\"}",
		(int)pid, (unsigned long long)ticks, boot);
	return text;
}

/* The alert about the one container, "" for none; "-" where the log cannot be read. */
static const char *
judge(const struct audit_state *known, struct error *err)
{
	struct containers containers = { .items = &container, .count = 1 };
	struct judgements judgements;
	const char *alert;

	if (judgement_find(&containers, known, log_path, &judgements, err))
		return "-";
	alert = judgements.items[0].alert ? judgements.items[0].alert : "";
	check(judgements.alerts == (*alert != '\0'), "counted", "%zu", judgements.alerts);
	judgement_release(&judgements);
	return alert;
}

static void
expect(const char *name, const char *text, const char *wanted)
{
	static const struct audit_state nothing = { .time_s = 0 };
	struct error err = { 0 };

	put(text);
	check_text(judge(&nothing, &err), wanted, name);
}

static void
test_process(void)
{
	const char *mine = process(birth.pid, birth.ticks, birth.boot);
	const char *earlier = process(birth.pid, birth.ticks - 1, birth.boot);
	const char *elsewhere = process(birth.pid, birth.ticks, "0123456789abcdef0123456789abcdef");
	char text[2048];

	expect("no decision", "", NONE);
	expect("admitted", line("a", "admit", now, mine), "");
	expect("admitted, whatever the clock said",
		line("a", "admit", "1999-01-01T00:00:00Z", mine), "");
	expect("admitted, by another name", line("b", "admit", now, mine), "");
	expect("refused", line("a", "refuse", now, mine), REFUSED);
	expect("the id came again", line("a", "admit", now, earlier), AGAIN);
	expect("the same number in another boot", line("a", "admit", now, elsewhere), AGAIN);
	expect("the id of another is nobody's", line("b", "admit", now, earlier), NONE);
	snprintf(text, sizeof(text), "%s%s", line("a", "admit", now, mine),
		line("a", "refuse", now, earlier));
	expect("a later refusal of the same id", text, "");
	snprintf(text, sizeof(text), "%s%s", line("a", "admit", now, earlier),
		line("a", "refuse", now, earlier));
	expect("the newest counts", text, REFUSED);
	expect("a process with these mounts",
		line("b", "admit", now, process(other, birth_read_ticks(other), birth.boot)), "");
	expect("half a process", line("a", "admit", now, "{\"pid\": 1}"), "");
	container.namespace ++;
	expect("a process of other mounts",
		line("b", "admit", now, process(other, birth_read_ticks(other), birth.boot)), NONE);
	container.namespace --;
	container.id[0] = '\0';
	expect("no id, admitted", line("a", "admit", now, mine), "");
	expect("no id, and no decision", line("a", "admit", now, earlier),
		"nothing tells its id, and the log has no decision about it");
	strcpy(container.id, "a");
}

/* Lines that name no process. */
static void
test_unnamed(void)
{
	expect("unnamed: admitted", line("a", "admit", now, NULL), "");
	expect("unnamed: refused", line("a", "refuse", now, NULL), REFUSED);
	expect("unnamed: started since", line("a", "admit", "2020-01-01T00:00:00Z", NULL), AGAIN);
	expect("unnamed: of another", line("b", "admit", now, NULL), NONE);
	expect("unnamed: null", line("a", "admit", now, "null"), "");
}

/* A log that others can write is nobody's word. */
static void
test_trust(void)
{
	static const struct audit_state nothing = { .time_s = 0 };
	const char *mine = process(birth.pid, birth.ticks, birth.boot);
	char second[64];
	struct error err = { 0 };

	put(line("a", "admit", now, mine));
	chmod(log_path, 0622);
	check_text(judge(&nothing, &err), "-", "others can write it");
	check(err.reason == REASON_CONFIG, "others can write it: why", "%s", err.text);
	chmod(log_path, 0600);
	snprintf(second, sizeof(second), "%s.link", log_path);
	check(link(log_path, second) == 0, "a second name", "none");
	check_text(judge(&nothing, &err), "-", "a second name: not believed");
	unlink(second);
	if (geteuid() == 0) {
		check(chown(log_path, 12345, 0) == 0, "another's", "cannot be given away");
		check_text(judge(&nothing, &err), "-", "another's: not believed");
		check(chown(log_path, 0, 0) == 0, "ours again", "not");
	} else {
		check_skip("another's", "needs root");
	}
	check_text(judge(&nothing, &err), "", "and now it is");
}

/* Whose decision is not in the log any more. */
static void
test_known(void)
{
	struct audit_state_row row = { birth.pid, birth.ticks, 1795590000, "none" };
	struct audit_state known = { .rows = &row, .count = 1 }, kept;
	struct containers containers = { .items = &container, .count = 1 };
	struct judgements judgements;
	struct error err = { 0 };

	put("");
	check_text(judge(&known, &err), "", "known");
	unlink(log_path);
	check_text(judge(&known, &err), "", "known, without a log");
	check_result(judgement_find(&containers, &known, log_path, &judgements, &err), REASON_NONE,
		&err, "known: judged");
	check_result(judgement_remember(&judgements, &kept, &err), REASON_NONE, &err, "kept");
	check(kept.count == 1 && kept.containers == 1 && kept.alerts == 0 &&
			kept.rows[0].pid == birth.pid && kept.rows[0].ticks == birth.ticks &&
			kept.rows[0].decided_s == 1795590000,
		"kept: the same", "%zu", kept.count);
	audit_state_release(&kept);
	judgement_release(&judgements);
	row.ticks--;
	check_text(judge(&known, &err), NONE, "another process of that number is not known");
	row.ticks++;
	put(line("a", "refuse", now, NULL));
	check_text(judge(&known, &err), "", "known: no line about another start counts");
	put(line("a", "refuse", now, process(birth.pid, birth.ticks, birth.boot)));
	check_result(judgement_find(&containers, &(struct audit_state){ .time_s = 0 }, log_path,
			     &judgements, &err),
		REASON_NONE, &err, "an alert: judged");
	check_result(
		judgement_remember(&judgements, &kept, &err), REASON_NONE, &err, "an alert: kept");
	check(kept.count == 0 && kept.alerts == 1, "an alert is nobody admitted", "%zu",
		kept.count);
	audit_state_release(&kept);
	judgement_release(&judgements);
}

int
main(void)
{
	time_t seconds = time(NULL);
	struct stat st;

	if (mkstemp(log_path) < 0 || birth_read(getpid(), &birth) || stat("/proc/self/ns/mnt", &st))
		return 1;
	strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
	usleep(20000);
	other = fork();
	if (other == 0) {
		pause();
		_exit(0);
	}
	container = (struct container){ .id = "a",
		.engine = "runc",
		.pid = birth.pid,
		.ticks = birth.ticks,
		.started_s = seconds,
		.namespace = st.st_ino };
	test_process();
	test_unnamed();
	test_trust();
	test_known();
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	unlink(log_path);
	return check_end();
}
