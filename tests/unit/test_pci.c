#include "base/pci.h"

#include "base/mem.h"

#include "tests/unit/check.h"

static void
test_parse(void)
{
	static const struct {
		const char *text, *wanted; /* NULL: refused */
	} rows[] = {
		{ "0000:07:00.0", "0000:07:00.0" },
		{ "00000000:07:00.0", "0000:07:00.0" },
		{ "0:7:0.0", "0000:07:00.0" },
		{ "0000:C1:1f.7", "0000:c1:1f.7" },
		{ "ffffffff:ff:1f.7", "ffffffff:ff:1f.7" },
		{ "10000:01:00.0", "10000:01:00.0" },
		{ "", NULL },
		{ "0000:07:00", NULL },
		{ "0000:07:00.", NULL },
		{ "07:00.0", NULL },
		{ ":07:00.0", NULL },
		{ "000000000:07:00.0", NULL },
		{ "0000:007:00.0", NULL },
		{ "0000:07:20.0", NULL },
		{ "0000:07:00.8", NULL },
		{ "0000:07:00.00", NULL },
		{ "0000:07:00.0 ", NULL },
		{ "0000:07:00.0:", NULL },
		{ "0000:g7:00.0", NULL },
		{ "0000:-7:00.0", NULL },
		{ "0x00:07:00.0", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[PCI_TEXT_BYTES];
		uint64_t address = 77;
		int result = pci_parse(rows[i].text, strlen(rows[i].text), &address);

		check((result == 0) == (rows[i].wanted != NULL), rows[i].text, "%d", result);
		if (rows[i].wanted)
			check_text(pci_format(address, text), rows[i].wanted, rows[i].text);
		else
			check(address == 77, rows[i].text, "the output was touched");
	}
}

static void
test_order(void)
{
	static const char *const rows[] = { "0000:07:00.0", "0000:07:00.1", "0000:07:01.0",
		"0000:0b:00.0", "0000:ff:1f.7", "0001:01:00.0" };
	uint64_t last = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t address = 0;

		check(pci_parse(rows[i], strlen(rows[i]), &address) == 0 && address > last, rows[i],
			"not in order");
		last = address;
	}
}

/* Only the bytes that are said to be there count. */
static void
test_length(void)
{
	uint64_t address;

	check(pci_parse("0000:07:00.01", 12, &address) == 0, "more behind", "refused");
	check(pci_parse("0000:07:00.0", 11, &address) == -1, "cut off", "accepted");
}

int
main(void)
{
	test_parse();
	test_order();
	test_length();
	return check_end();
}
