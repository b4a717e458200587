#include "gate/lock.h"

#include "base/text.h"
#include "base/writer.h"
#include "nim/ngc_ref.h"

#include "tests/unit/gate_material.h"

#define FIRST "# nimgate models.lock 1\n"
#define A     "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
#define B     "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"

static struct ngc_ref
ref_of(const char *text)
{
	struct ngc_ref ref;
	struct error err;

	material_need(ngc_ref_parse(text, &ref, &err) == 0, text);
	return ref;
}

static struct digest
digest_of(const char *digits)
{
	struct digest digest = { .algorithm = DIGEST_SHA256 };

	material_need(text_parse_hex(digits, 64, digest.bytes, 32) == 0, digits);
	return digest;
}

static void
test_good(void)
{
	static const char text[] = FIRST
		"\n"
		"  # comment\r\n"
		"nim/meta/b:2 \t sha256:" A "  2026-11-25T12:00:00Z\tCN=\\\"x\\\\, \"O=y\" \r\n"
		"nim/a:1 sha256:" B " 2026-11-25T12:00:01Z\n"
		"nim/meta/b:10 sha256:" B " 2026-11-25T12:00:02Z CN=\xc3\xa4";
	static const char canonical[] = FIRST
		"# NGC version, SHA-256 of the signed payload, time of locking, signer. nimgate lock add|check|diff\n"
		"nim/a:1 sha256:" B " 2026-11-25T12:00:01Z\n"
		"nim/meta/b:10 sha256:" B " 2026-11-25T12:00:02Z CN=\\xc3\\xa4\n"
		"nim/meta/b:2 sha256:" A " 2026-11-25T12:00:00Z CN=\\\"x\\\\, \"O=y\"\n";
	const struct ngc_ref b2 = ref_of("nim/meta/b:2"), a1 = ref_of("nim/a:1"),
			     none = ref_of("nim/meta/b:3");
	const struct digest a = digest_of(A), b = digest_of(B),
			    other = { .algorithm = DIGEST_SHA512 };
	cleanup_lock struct lock lock = { 0 }, again = { 0 };
	cleanup_writer struct writer first = { 0 }, second = { 0 };
	struct error err = { 0 };

	check_result(lock_parse(text, strlen(text), &lock, &err), REASON_NONE, &err, "good");
	check(lock.count == 3, "good: count", "%zu", lock.count);
	check_result(lock_check(&lock, &b2, &a, &err), REASON_NONE, &err, "accepted");
	check_result(lock_check(&lock, &a1, &b, &err), REASON_NONE, &err, "accepted, no team");
	material_check(lock_check(&lock, &b2, &b, &err), REASON_LOCK, A, &err, "another payload");
	check_result(lock_check(&lock, &b2, &other, &err), REASON_LOCK, &err, "no SHA-256");
	material_check(lock_check(&lock, &none, &a, &err), REASON_LOCK, "not in the lock file",
		&err, "another version");
	lock_write(&lock, &first);
	check_text(first.text, canonical, "sorted");
	check_result(
		lock_parse(first.text, first.length, &again, &err), REASON_NONE, &err, "again");
	lock_write(&again, &second);
	check_text(second.text, canonical, "a fixed point");
	check(lock_remove(&lock, &a1) && !lock_remove(&lock, &a1) && lock.count == 2, "remove",
		"%zu left", lock.count);
}

static void
test_bad(void)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ "", "line 1" },
		{ "# nimgate models.lock 2\n", "line 1" },
		{ "# nimgate models.lock 10\n", "line 1" },
		{ "nim/a:1 sha256:" A " 2026-11-25T12:00:00Z\n", "line 1" },
		{ FIRST "nim/a:1\n", "line 2: expected sha256" },
		{ FIRST "nim/a:1 " A " 2026-11-25T12:00:00Z\n", "line 2: expected sha256" },
		{ FIRST "nim/a:1 sha512:" A " 2026-11-25T12:00:00Z\n", "line 2: expected sha256" },
		{ FIRST "nim/a:1 sha256:" A "0 2026-11-25T12:00:00Z\n", "line 2: expected sha256" },
		{ FIRST "nim/a:1 sha256:" A "\n", "line 2: expected a time" },
		{ FIRST "nim/a:1 sha256:" A " 2026-11-25\n", "line 2: expected a time" },
		{ FIRST "nim/a:1 sha256:" A " yesterday\n", "line 2: expected a time" },
		{ FIRST "nim/a sha256:" A " 2026-11-25T12:00:00Z\n", "line 2: 'nim/a'" },
		{ FIRST "nim/../a:1 sha256:" A " 2026-11-25T12:00:00Z\n", "line 2" },
		{ FIRST "nim/a:* sha256:" A " 2026-11-25T12:00:00Z\n", "line 2" },
		{ FIRST "nim/a:1 sha256:" A " 2026-11-25T12:00:00Z\n"
			"nim/a:1 sha256:" A " 2026-11-25T12:00:00Z\n",
			"line 3: that version has a line already" },
	};
	static const char nul[] = FIRST "nim/a:1 sha256:" A "\0 2026-11-25T12:00:00Z\n";
	cleanup_lock struct lock lock = { 0 };
	struct error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		material_check(lock_parse(rows[i].text, strlen(rows[i].text), &lock, &err),
			REASON_CONFIG, rows[i].words, &err, rows[i].words);
	check_result(lock_parse(nul, sizeof(nul) - 1, &lock, &err), REASON_CONFIG, &err, "NUL");
}

/* Root's alone, as every configuration. */
static void
test_read(void)
{
	cleanup_lock struct lock lock = { 0 };
	struct error err = { 0 };

	check_result(
		lock_read(material_path("none"), &lock, &err), REASON_CONFIG, &err, "not there");
	check(err.os_errno == ENOENT, "not there: errno", "%d", err.os_errno);
	material_file("lock", FIRST "nim/a:1 sha256:" A " 2026-11-25T12:00:00Z\n");
	check_result(lock_read(material_path("lock"), &lock, &err), REASON_NONE, &err, "read");
	material_need(chmod("lock", 0666) == 0, "chmod");
	check_result(lock_read(material_path("lock"), &lock, &err), REASON_CONFIG, &err,
		"writable by others");
	material_link("link", "lock");
	check_result(lock_read(material_path("link"), &lock, &err), REASON_CONFIG, &err, "a link");
}

/* Thousands of versions in the worst order. */
static void
test_many(void)
{
	enum { MANY = 20000 };
	cleanup_writer struct writer writer = { 0 };
	cleanup_lock struct lock lock = { 0 };
	struct error err = { 0 };

	writer_format(&writer, FIRST);
	for (int i = MANY; i > 0; i--)
		writer_format(&writer, "nim/m:%05d sha256:" A " 2026-11-25T12:00:00Z\n", i);
	check_result(
		lock_parse(writer.text, writer.length, &lock, &err), REASON_NONE, &err, "many");
	check(lock.count == MANY && strcmp(lock.entries[0].version, "nim/m:00001") == 0,
		"many: sorted", "%zu", lock.count);
}

int
main(void)
{
	material_enter();
	test_good();
	test_bad();
	test_read();
	test_many();
	return check_failures ? 1 : 0;
}
