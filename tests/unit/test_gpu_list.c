/* What nimgate gpus writes, and what is none of it. */
#include "hash/gpu_list.h"

#include "base/mem.h"
#include "base/writer.h"
#include "check.h"

#define HEAD "nimgate-gpus 1\n"
#define LINE "0000:07:00.0 81559 9.0 NVIDIA H100 80GB HBM3\n"

static struct gpu_list list;

static void
test_good(void)
{
	static const char text[] = HEAD LINE "0001:87:00.0 24564 8.9 NVIDIA L4\n"
					     "000f:01:00.0 0 12.1 NVIDIA GB10\n";
	cleanup_writer struct writer writer = { 0 };

	check(gpu_list_parse(text, strlen(text), &list) == 0 && list.count == 3, "three", "%zu",
		list.count);
	check(list.items[0].memory_mib == 81559 && list.items[0].capability == 90, "values", "%llu",
		(unsigned long long)list.items[0].memory_mib);
	check_text(list.items[1].model, "NVIDIA L4", "model");
	gpu_list_format(&list, &writer);
	check_text(writer.text, text, "there and back");
	check(gpu_list_parse(HEAD, strlen(HEAD), &list) == 0 && list.count == 0, "none", "%zu",
		list.count);
}

static void
test_bad(void)
{
	static const char *const rows[] = { "", "nimgate-gpus 1", "nimgate-gpus 2\n", HEAD "\n",
		HEAD "0000:07:00.0", HEAD "0000:07:00.0 81559 9.0 NVIDIA H100 80GB HBM3",
		HEAD LINE LINE, HEAD "0001:07:00.0 1 9.0 x\n" LINE,
		HEAD "7:0.0 81559 9.0 NVIDIA H100\n", HEAD "0000:07:00.0 00 9.0 x\n",
		HEAD "0000:07:00.0 -1 9.0 x\n", HEAD "0000:07:00.0 99999999999 9.0 x\n",
		HEAD "0000:07:00.0 1 9 x\n", HEAD "0000:07:00.0 1 9.00 x\n",
		HEAD "0000:07:00.0 1 0.9 x\n", HEAD "0000:07:00.0 1 100.0 x\n",
		HEAD "0000:07:00.0 1 .0 x\n", HEAD "0000:07:00.0 1 9. x\n",
		HEAD "0000:07:00.0 1 9.0 \n", HEAD "0000:07:00.0 1 9.0  x\n",
		HEAD "0000:07:00.0 1 9.0 x \n", HEAD "0000:07:00.0 1 9.0 \x1b[2J\n",
		HEAD "0000:07:00.0  1 9.0 x\n",
		HEAD "0000:07:00.0 1 9.0 "
		     "0123456789012345678901234567890123456789012345678901234567890123\n" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char name[32];

		snprintf(name, sizeof(name), "refused: row %zu", i);
		check(gpu_list_parse(rows[i], strlen(rows[i]), &list) != 0 && list.count == 0, name,
			"accepted: %s", rows[i]);
	}
}

/* As many as any machine has, and one more. */
static void
test_many(void)
{
	cleanup_writer struct writer writer = { 0 };

	writer_format(&writer, HEAD);
	for (int i = 0; i < LIMIT_GPUS; i++)
		writer_format(&writer, "%04x:00:00.0 1 9.0 x\n", i);
	check(gpu_list_parse(writer.text, writer.length, &list) == 0 && list.count == LIMIT_GPUS,
		"as many as there can be", "%zu", list.count);
	writer_format(&writer, "ffff:00:00.0 1 9.0 x\n");
	check(gpu_list_parse(writer.text, writer.length, &list) != 0, "one more", "accepted");
}

int
main(void)
{
	test_good();
	test_bad();
	test_many();
	return check_end();
}
