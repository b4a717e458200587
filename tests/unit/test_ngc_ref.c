#include "nim/ngc_ref.h"

#include "base/mem.h"
#include "tests/unit/check.h"

static void
check_forms(void)
{
	static const struct {
		const char *text;
		const char *folder;
	} forms[] = {
		{ "nim/meta/llama-3_1-8b-instruct:hf-8c22764-b",
			"models--nim--meta--llama-3_1-8b-instruct" },
		{ "nim/meta/llama-3_1-8b-instruct:0.11.1+ba20956e-l40sx1-bf16-throughput.1.1.0.17088220",
			"models--nim--meta--llama-3_1-8b-instruct" },
		{ "nim/meta/llama-3.2-1b-instruct:hf-e9f8eff-nim1.5+",
			"models--nim--meta--llama-3.2-1b-instruct" },
		{ "nvidia/bert:1", "models--nvidia--bert" },
		{ "a/b/c:-", "models--a--b--c" },
		{ "a/b/c:x--y", "models--a--b--c" },
		{ "A.b/_c/+d:..x", "models--A.b--_c--+d" },
	};
	char folder[NGC_REF_FOLDER_MAX];
	struct ngc_ref ref, other;
	struct error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		int result = ngc_ref_parse(forms[i].text, &ref, &err);

		check_result(result, REASON_NONE, &err, forms[i].text);
		if (result)
			continue;
		check_text(NGC_REF_TEXT(&ref), forms[i].text, "format");
		ngc_ref_cache_folder(&ref, folder);
		check_text(folder, forms[i].folder, "cache folder");
		check(ngc_ref_is_valid(&ref), "valid", "%s", forms[i].text);
		other = ref;
		check(ngc_ref_equal(&ref, &other), "equal", "%s", forms[i].text);
		other.version[0] = '0';
		check(!ngc_ref_equal(&ref, &other) || ref.version[0] == '0', "not equal", "%s",
			forms[i].text);
	}
	ngc_ref_parse("a/b/c:1", &ref, &err);
	ngc_ref_parse("a/c:1", &other, &err);
	check(!ngc_ref_equal(&ref, &other), "the team counts", "equal");
	check_text(other.team, "", "no team");
}

static void
check_refusals(void)
{
	static const struct {
		const char *text;
		const char *words;
	} refusals[] = {
		{ "", "has no version" },
		{ "a/b/c", "has no version" },
		{ "a/b/c:", "has no version" },
		{ "a:1", "expected org/model or org/team/model" },
		{ "a/b/c/d:1", "expected org/model or org/team/model" },
		{ "a//c:1", "expected org/model or org/team/model" },
		{ "/b/c:1", "the organisation is missing" },
		{ "a/b/:1", "the model is missing" },
		{ "a/:1", "the model is missing" },
		{ "../b/c:1", "the organisation is a directory" },
		{ "a/./c:1", "the team is a directory" },
		{ "a/b/..:1", "the model is a directory" },
		{ "a/b/c:.", "the version is a directory" },
		{ "a/b/c:..", "the version is a directory" },
		{ "a/b/c:1/../2", "the version holds a character" },
		{ "a/b/c:1:2", "the version holds a character" },
		{ "a/b/c:1 ", "the version holds a character" },
		{ "a/b/c:1\n", "the version holds a character" },
		{ "a/b/c:1?file=x", "the version holds a character" },
		{ "a/b/c%2f:1", "the model holds a character" },
		{ "a/\xc3\xa9/c:1", "the team holds a character" },
		{ "a/b--c:1", "the model begins or ends" },
		{ "a--b/c:1", "the organisation begins or ends" },
		{ "a-/b/c:1", "the organisation begins or ends" },
		{ "a/b/-c:1", "the model begins or ends" },
		{ "ngc://a/b/c:1", "expected org/model" },
	};
	struct error err = { 0 };
	struct ngc_ref ref;

	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		check_result(ngc_ref_parse(refusals[i].text, &ref, &err), REASON_MANIFEST, &err,
			refusals[i].text);
		check(strstr(err.text, refusals[i].words) != NULL, "words", "%s: %s",
			refusals[i].text, err.text);
	}
}

/* Parts at the limit, and one byte more. */
static void
check_lengths(void)
{
	char text[NGC_REF_TEXT_MAX + 8], uri[NGC_REF_TEXT_MAX + 64], folder[NGC_REF_FOLDER_MAX];
	char part[LIMIT_NGC_NAME_BYTES + 1] = "";
	struct error err = { 0 };
	struct ngc_ref ref;
	char *file = NULL;

	memset(part, 'a', LIMIT_NGC_NAME_BYTES);
	snprintf(text, sizeof(text), "%s/%s/%s:%s", part, part, part, part);
	check_result(ngc_ref_parse(text, &ref, &err), REASON_NONE, &err, "longest");
	check_text(NGC_REF_TEXT(&ref), text, "longest: format");
	ngc_ref_cache_folder(&ref, folder);
	check(strlen(folder) == 8 + 3 * 255 + 4, "longest: folder", "%zu", strlen(folder));
	snprintf(uri, sizeof(uri), "ngc://%s?file=x", text);
	check_result(ngc_ref_parse_uri(uri, &ref, &file, &err), REASON_NONE, &err, "longest URI");
	free(file);
	snprintf(text, sizeof(text), "%s/%s/%s:%sb", part, part, part, part);
	check_result(ngc_ref_parse(text, &ref, &err), REASON_MANIFEST, &err, "too long");
	snprintf(uri, sizeof(uri), "ngc://%s?file=x", text);
	check_result(
		ngc_ref_parse_uri(uri, &ref, &file, &err), REASON_MANIFEST, &err, "too long URI");
	check(strstr(err.text, "too long") != NULL, "too long URI: words", "%s", err.text);
}

/* A file of LENGTH bytes. */
static int
parse_long_file(size_t length, struct error *err)
{
	char uri[LIMIT_NAME_BYTES + 64] = "ngc://a/b:1?file=";
	size_t begin = strlen(uri);
	cleanup_free char *file = NULL;
	struct ngc_ref ref;

	memset(uri + begin, 'a', length);
	uri[begin + length] = '\0';
	return ngc_ref_parse_uri(uri, &ref, &file, err);
}

static void
check_long_files(void)
{
	struct error err = { 0 };

	check_result(
		parse_long_file(LIMIT_NAME_BYTES - 1, &err), REASON_NONE, &err, "longest file");
	check_result(
		parse_long_file(LIMIT_NAME_BYTES, &err), REASON_MANIFEST, &err, "too long file");
}

static void
check_uris(void)
{
	static const struct {
		const char *uri;
		const char *file; /* NULL: refused */
	} uris[] = {
		{ "ngc://nim/qwen/qwen-2.5-7b-instruct:hf-bb46c15-jet?file=LICENSE", "LICENSE" },
		{ "ngc://a/b:1?file=original/params.json", "original/params.json" },
		{ "ngc://a/b:1?file=original%2Fparams.json", "original/params.json" },
		{ "ngc://a/b:1?file=original%2fparams.json", "original/params.json" },
		{ "ngc://a/b:1?file=%41%26%23%3f%25", "A&#?%" },
		{ "ngc://a/b:1?file=a+b?c=d", "a+b?c=d" },
		{ "ngc://a/b:1?file=%C3%A9", "\xc3\xa9" },
		{ "ngc://a/b:1?file=..a/b..", "..a/b.." },
		{ "ngc://a/b:1?file=", NULL },
		{ "ngc://a/b:1?file=/etc/passwd", NULL },
		{ "ngc://a/b:1?file=%2Fetc", NULL },
		{ "ngc://a/b:1?file=..", NULL },
		{ "ngc://a/b:1?file=../x", NULL },
		{ "ngc://a/b:1?file=a/../x", NULL },
		{ "ngc://a/b:1?file=%2e%2e/x", NULL },
		{ "ngc://a/b:1?file=a%2f%2E%2E%2fx", NULL },
		{ "ngc://a/b:1?file=a/./x", NULL },
		{ "ngc://a/b:1?file=a//x", NULL },
		{ "ngc://a/b:1?file=a/", NULL },
		{ "ngc://a/b:1?file=a%00", NULL },
		{ "ngc://a/b:1?file=a%00/../b", NULL },
		{ "ngc://a/b:1?file=a%", NULL },
		{ "ngc://a/b:1?file=a%2", NULL },
		{ "ngc://a/b:1?file=a%2g", NULL },
		{ "ngc://a/b:1?file=a%%41", NULL },
		{ "ngc://a/b:1?file=%c0%ae", NULL },
		{ "ngc://a/b:1?file=\xff", NULL },
		{ "ngc://a/b:1?file=a&file=b", NULL },
		{ "ngc://a/b:1?file=a#b", NULL },
		{ "ngc://a/b:1?x=a", NULL },
		{ "ngc://a/b:1?", NULL },
		{ "ngc://a/b:1", NULL },
		{ "ngc://a/b?file=a", NULL },
		{ "ngc://org/team/model/engine.bin", NULL },
		{ "ngc://a%2fb/c:1?file=a", NULL },
		{ "ngc:/a/b:1?file=a", NULL },
		{ "NGC://a/b:1?file=a", NULL },
		{ " ngc://a/b:1?file=a", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(uris); i++) {
		cleanup_free char *file = NULL;
		struct error err = { 0 };
		struct ngc_ref ref;
		int result = ngc_ref_parse_uri(uris[i].uri, &ref, &file, &err);

		check_result(
			result, uris[i].file ? REASON_NONE : REASON_MANIFEST, &err, uris[i].uri);
		if (uris[i].file)
			check_text(file, uris[i].file, "file");
		else
			check(!file, "no file", "%s", uris[i].uri);
	}
}

static void
check_schemes(void)
{
	static const char *const uris[] = { "hf://meta/llama:main?file=a", "s3://bucket/a",
		"gs://bucket/a", "modelscope://a/b:c?file=d", "local:///a" };
	struct error err = { 0 };
	struct ngc_ref ref;
	char *file = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(uris); i++) {
		check_result(ngc_ref_parse_uri(uris[i], &ref, &file, &err), REASON_MANIFEST, &err,
			uris[i]);
		check(strstr(err.text, "carries no NGC signature") != NULL, "scheme: words", "%s",
			err.text);
	}
	check_text(err.text,
		"'local:///a': a source of type local:// carries no NGC signature (expected ngc://...)",
		"scheme: text");
}

/* References that a child sent may hold anything. */
static void
check_valid(void)
{
	struct ngc_ref good, ref;
	struct error err = { 0 };

	ngc_ref_parse("a/b/c:1", &good, &err);
	ref = good;
	ref.team[0] = '\0';
	check(ngc_ref_is_valid(&ref), "valid: no team", "refused");
	ref = (struct ngc_ref){ 0 };
	check(!ngc_ref_is_valid(&ref), "valid: nothing", "accepted");
	ref = good;
	ref.version[0] = '/';
	check(!ngc_ref_is_valid(&ref), "valid: slash", "accepted");
	ref = good;
	strcpy(ref.model, "..");
	check(!ngc_ref_is_valid(&ref), "valid: upward", "accepted");
	ref = good;
	ref.org[0] = '\0';
	check(!ngc_ref_is_valid(&ref), "valid: no organisation", "accepted");
	ref = good;
	strcpy(ref.team, "x--y");
	check(!ngc_ref_is_valid(&ref), "valid: two dashes", "accepted");
	ref = good;
	memset(ref.version, 'a', sizeof(ref.version));
	check(!ngc_ref_is_valid(&ref), "valid: no end", "accepted");
	ref = good;
	memset(ref.team, 'a', sizeof(ref.team));
	check(!ngc_ref_is_valid(&ref), "valid: no end of the team", "accepted");
}

int
main(void)
{
	check_forms();
	check_refusals();
	check_lengths();
	check_long_files();
	check_uris();
	check_schemes();
	check_valid();
	return check_end();
}
