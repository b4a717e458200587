#include "cli/method.h"

#include "base/error.h"
#include "base/text.h"
#include "cli/option.h"

#include <string.h>

int
method_parse(const struct option_list *words, const char *verb, enum trust_method *method,
	const char **model, struct error *err)
{
	const char *word = words->count ? words->values[0] : NULL;
	enum trust_method found = TRUST_METHOD_NONE;

	if (word && strcmp(word, "certificate") == 0)
		found = TRUST_METHOD_CERTIFICATE;
	else if (word && strcmp(word, "key") == 0)
		found = TRUST_METHOD_KEY;
	if (found == TRUST_METHOD_NONE)
		return error_set(err, REASON_USAGE, 0,
			"method %s: this release %s with \"certificate\" or \"key\", then MODEL "
			"(see --help)",
			TEXT_QUOTE(word), verb);
	if (words->count < 2)
		return error_set(err, REASON_USAGE, 0, "%s: MODEL is missing (see --help)", word);
	if (words->count > 2)
		return error_set(err, REASON_USAGE, 0, "%s: one word too many after MODEL %s",
			TEXT_QUOTE(words->values[2]), TEXT_QUOTE(words->values[1]));
	*method = found;
	*model = words->values[1];
	return 0;
}
