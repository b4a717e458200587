#include "base/memory.h"

#include "tests/unit/gate_material.h"

int
main(void)
{
	static const struct {
		const char *text;
		uint64_t wanted;
	} rows[] = {
		{ "MemTotal:       24737900 kB\nMemFree: 1 kB\nMemAvailable:   23000000 kB\n",
			23000000ull << 10 },
		{ "MemTotal: 1 kB\nMemAvailable: 0 kB\n", 0 },
		{ "MemTotal: 1 kB\nMemAvailable: 9223372036854775807 kB\n", 0 },
		{ "MemTotal: 1 kB\nMemAvailable: x\n", 0 },
		{ "MemTotal: 1 kB\nNoMemAvailable: 5 kB\n", 0 },
		{ "MemTotal: 1 kB\nMemAvailable:", 0 },
		{ "", 0 },
	};

	material_enter();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		material_file("meminfo", rows[i].text);
		check(memory_available("meminfo") == rows[i].wanted, "memory", "row %zu: %llu", i,
			(unsigned long long)memory_available("meminfo"));
	}
	check(memory_available("none") == 0, "memory: no file", "some");
	check(memory_available(MEMORY_PATH) > 1 << 20, "memory: of this host", "%llu",
		(unsigned long long)memory_available(MEMORY_PATH));
	return check_end();
}
