#include "base/user.h"

#include "tests/unit/gate_material.h"

static void
test_names(void)
{
	static const struct {
		const char *name;
		bool is;
	} rows[] = {
		{ "nimgate-fetch", true },
		{ "_apt", true },
		{ "root", true },
		{ "a1", true },
		{ "", false },
		{ "1a", false },
		{ "-a", false },
		{ "Root", false },
		{ "a:b", false },
		{ "a b", false },
		{ "a\n", false },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check(user_is_name(rows[i].name) == rows[i].is, "a name", "%s", rows[i].name);
}

static void
test_find(void)
{
	const char *path = material_path("passwd");
	struct error err = { 0 };
	uid_t uid = 77;

	material_file("passwd",
		"root:x:0:0::/:/bin/sh\nbroken\nnimgate-fetch:x:998:998::/:/bin/false\nlast:x:5:5::/:/");
	check_result(user_find(path, "nimgate-fetch", &uid, &err), REASON_NONE, &err, "a user");
	check(uid == 998, "its number", "%u", uid);
	check_result(user_find(path, "last", &uid, &err), REASON_NONE, &err, "the last line");
	check(uid == 5, "the last one's number", "%u", uid);
	check_result(user_find(path, "nimgate", &uid, &err), REASON_CONFIG, &err, "half a name");
	check(strstr(err.text, "has no user 'nimgate'") && uid == 5, "half a name", "%s", err.text);
	check_result(user_find(path, "broken", &uid, &err), REASON_CONFIG, &err, "a broken line");
	material_need(chmod("passwd", 0666) == 0, "chmod");
	check_result(
		user_find(path, "root", &uid, &err), REASON_CONFIG, &err, "others can write it");
	material_need(unlink("passwd") == 0, "unlink");
	check_result(user_find(path, "root", &uid, &err), REASON_CONFIG, &err, "no file");
}

int
main(void)
{
	material_enter();
	test_names();
	test_find();
	return check_end();
}
