#include "nim/profile.h"

#include "base/mem.h"
#include "tests/unit/check.h"

int
main(void)
{
	static const struct {
		const char *id;
		bool full;
	} ids[] = {
		{ "425dcb3ef646e497d5a50bbd1eb1169c9f33f4253f36669bb428ef250e2447cd", true },
		{ "9136dd64-4777-11ef-9f27-37cfd56fa6ee", true },
		{ "425dcb3ef646e497d5a50bbd1eb1169c9f33f4253f36669bb428ef250e2447c", false },
		{ "425dcb3ef646e497d5a50bbd1eb1169c9f33f4253f36669bb428ef250e2447cd0", false },
		{ "425dcb3ef646e497d5a50bbd1eb1169c9f33f4253f36669bb428ef250e2447cd ", false },
		{ "425DCB3EF646E497D5A50BBD1EB1169C9F33F4253F36669BB428EF250E2447CD", false },
		{ "g25dcb3ef646e497d5a50bbd1eb1169c9f33f4253f36669bb428ef250e2447cd", false },
		{ "9136DD64-4777-11EF-9F27-37CFD56FA6EE", false },
		{ "9136dd64-4777-11ef-9f27-37cfd56fa6e", false },
		{ "9136dd64-4777-11ef-9f27-37cfd56fa6eef", false },
		{ "9136dd64-4777-11ef-9f2737cfd56fa6ee", false },
		{ "9136dd64-4777-11ef-9f27", false },
		{ "9136dd64-4777-11ef-9f27-", false },
		{ "{9136dd64-4777-11ef-9f27-37cfd56fa6ee}", false },
		{ "9136dd64477711ef9f2737cfd56fa6ee", false },
		{ "tensorrt_llm-l40s-bf16-tp2-latency", false },
		{ "default", false },
		{ "", false },
	};
	struct profile zero = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		check(profile_is_full_id(ids[i].id) == ids[i].full, "full id", "%s", ids[i].id);
	profile_release(&zero);
	check(!zero.versions, "release of nothing", "versions");
	return check_end();
}
