/*
 * What the tests of lib/oms share: keys and certificates made for them, texts with one place
 * changed, and files of the vectors beside the repository (NIMGATE_VECTORS).
 */
#pragma once

#include "base/file.h"
#include "base/limits.h"

#include "tests/unit/check.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* A time at which everything in the vectors that is meant to be valid is valid: 2026-12-01. */
enum { MATERIAL_NOW = 1796083200 };

/* Ends the program where a test cannot go on; the runner counts that as a failure. */
static inline void
material_need(bool met, const char *what)
{
	if (met)
		return;
	printf("not ok %s: the test cannot go on\n", what);
	exit(1);
}

/* TEXT with the first FROM replaced by TO (caller: free()). A FROM that is not there would test
 * nothing, and ends the program. */
static inline char *
material_replace(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	size_t size = strlen(text) + strlen(to) + 1;
	char *changed;

	material_need(at, from);
	changed = malloc(size);
	material_need(changed, "memory");
	snprintf(changed, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	return changed;
}

/* Reads a file of the vectors (caller: file_release()); false where they are not here. */
static inline bool
material_vector(const char *name, struct file_bytes *out)
{
	const char *folder = getenv("NIMGATE_VECTORS");
	struct error err = { 0 };
	char path[4096];
	int fd, result;

	snprintf(path, sizeof(path), "%s/%s", folder ? folder : "../shared/vectors/oms", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	result = file_read(fd, LIMIT_BUNDLE_BYTES, name, out, &err);
	close(fd);
	return result == 0;
}

/* As check_result(), and the text must hold WANTED_TEXT: many rules share one reason. */
static inline void
material_check(int result, enum reason wanted, const char *wanted_text, const struct error *err,
	const char *name)
{
	if (result == 0 || err->reason != wanted || !wanted_text)
		check_result(result, wanted, err, name);
	else
		check(strstr(err->text, wanted_text), name, "wanted \"%s\" in \"%s\"", wanted_text,
			err->text);
}

/* Self-signed, P-384, 2020 to 9999. */
#define MATERIAL_ROOT                                                        \
	"-----BEGIN CERTIFICATE-----\n"                                      \
	"MIIB/DCCAYKgAwIBAgIUekoDkQ6SY0lMJSu+ibFTe5c1regwCgYIKoZIzj0EAwMw\n" \
	"LDEWMBQGA1UECgwNbmltZ2F0ZSB0ZXN0czESMBAGA1UEAwwJdGVzdCByb290MCAX\n" \
	"DTIwMDEwMTAwMDAwMFoYDzk5OTkxMjMxMjM1OTU5WjAsMRYwFAYDVQQKDA1uaW1n\n" \
	"YXRlIHRlc3RzMRIwEAYDVQQDDAl0ZXN0IHJvb3QwdjAQBgcqhkjOPQIBBgUrgQQA\n" \
	"IgNiAARJEVaPLfs0rPfhyEixQrdfBayx45/cWJBp4CgGjet3josXyPImTNbj4pog\n" \
	"x8Z+YckHlNchva+G5h2QMyIKNL7Q3RSiRC8QZ2vfWe1PWHPdtKyq0iUenA1jexWG\n" \
	"cTmQIdKjYzBhMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgEGMB0GA1Ud\n" \
	"DgQWBBTSG/U62PdNAD7VrUYXMImus/sNXzAfBgNVHSMEGDAWgBTSG/U62PdNAD7V\n" \
	"rUYXMImus/sNXzAKBggqhkjOPQQDAwNoADBlAjEAqFMD1CLHzyEXxJGVvRMYiado\n" \
	"zEzoPeixSDtXD0A6mwN1d2RLCx7LxF9FivIs8/JXAjAqWNUTvTnvyBSfJpqP2Es+\n" \
	"tFmQMH7zyXk+LNUZZ1RT8NyVyw6I67Md34Bo9wzrvqc=\n"                     \
	"-----END CERTIFICATE-----\n"

/* Issued by MATERIAL_ROOT for MATERIAL_KEY: digitalSignature, 2020 to 9999. */
#define MATERIAL_LEAF                                                        \
	"-----BEGIN CERTIFICATE-----\n"                                      \
	"MIIB3jCCAWSgAwIBAgIUOv4zOiVThip0dEcGwRfVDrbfyFUwCgYIKoZIzj0EAwMw\n" \
	"LDEWMBQGA1UECgwNbmltZ2F0ZSB0ZXN0czESMBAGA1UEAwwJdGVzdCByb290MCAX\n" \
	"DTIwMDEwMTAwMDAwMFoYDzk5OTkxMjMxMjM1OTU5WjAuMRYwFAYDVQQKDA1uaW1n\n" \
	"YXRlIHRlc3RzMRQwEgYDVQQDDAt0ZXN0IHNpZ25lcjBZMBMGByqGSM49AgEGCCqG\n" \
	"SM49AwEHA0IABGzb6UshAsbQA66EnVr5tnjKvaX2kWdPy68tS88HI8y52QZVAGwS\n" \
	"Y6e4nO9B1DKI4CxEaYT/2LU6+0PuZpW5272jYDBeMAwGA1UdEwEB/wQCMAAwDgYD\n" \
	"VR0PAQH/BAQDAgeAMB0GA1UdDgQWBBSsObmQ3TaKemqPwhTs4YRBDLhTqzAfBgNV\n" \
	"HSMEGDAWgBTSG/U62PdNAD7VrUYXMImus/sNXzAKBggqhkjOPQQDAwNoADBlAjEA\n" \
	"l3l0iVK519vCH8XiZ6lhj1Xd/8cxIqgGaaQwAtmBGr1W5mAwTHpe+oc2OkgHUJem\n" \
	"AjBQP3HPztliQfj6qIzxj+xyyBDABCxhQSd5Z8nazcgUd5zOQxPwrLGeJWhlQhBk\n" \
	"cfo=\n"                                                             \
	"-----END CERTIFICATE-----\n"

/* As MATERIAL_LEAF, but only of the year 2020. */
#define MATERIAL_LEAF_EXPIRED                                                \
	"-----BEGIN CERTIFICATE-----\n"                                      \
	"MIIB5DCCAWqgAwIBAgIUcbenQcNR89PRKJw7I4viY//nAx4wCgYIKoZIzj0EAwMw\n" \
	"LDEWMBQGA1UECgwNbmltZ2F0ZSB0ZXN0czESMBAGA1UEAwwJdGVzdCByb290MB4X\n" \
	"DTIwMDEwMTAwMDAwMFoXDTIxMDEwMTAwMDAwMFowNjEWMBQGA1UECgwNbmltZ2F0\n" \
	"ZSB0ZXN0czEcMBoGA1UEAwwTdGVzdCBleHBpcmVkIHNpZ25lcjBZMBMGByqGSM49\n" \
	"AgEGCCqGSM49AwEHA0IABGzb6UshAsbQA66EnVr5tnjKvaX2kWdPy68tS88HI8y5\n" \
	"2QZVAGwSY6e4nO9B1DKI4CxEaYT/2LU6+0PuZpW5272jYDBeMAwGA1UdEwEB/wQC\n" \
	"MAAwDgYDVR0PAQH/BAQDAgeAMB0GA1UdDgQWBBSsObmQ3TaKemqPwhTs4YRBDLhT\n" \
	"qzAfBgNVHSMEGDAWgBTSG/U62PdNAD7VrUYXMImus/sNXzAKBggqhkjOPQQDAwNo\n" \
	"ADBlAjA1ogeVTfRnDwz6yQgYX5NNGjkSiGpG9k0GQwbleKl6KZuBMkggRtyYPWCa\n" \
	"aWV93asCMQCJjz3jWf+josoj/SlRvwtjfD4iYV2nSZd3BEq7WkIe9o4tuJu4d+XZ\n" \
	"R2oJDlQIzmo=\n"                                                     \
	"-----END CERTIFICATE-----\n"

/* P-256. */
#define MATERIAL_KEY                                                         \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgp5oCdIj9/LVw6dxu\n" \
	"uB6Ax2aQ93BfoMCoMn0P9fiOcdehRANCAARs2+lLIQLG0AOuhJ1a+bZ4yr2l9pFn\n" \
	"T8uvLUvPByPMudkGVQBsEmOnuJzvQdQyiOAsRGmE/9i1OvtD7maVudu9\n"         \
	"-----END PRIVATE KEY-----\n"

/* The public half of MATERIAL_KEY. */
#define MATERIAL_KEY_PUBLIC                                                  \
	"-----BEGIN PUBLIC KEY-----\n"                                       \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEbNvpSyECxtADroSdWvm2eMq9pfaR\n" \
	"Z0/Lry1LzwcjzLnZBlUAbBJjp7ic70HUMojgLERphP/YtTr7Q+5mlbnbvQ==\n"     \
	"-----END PUBLIC KEY-----\n"

/* P-521; nobody's certificate. */
#define MATERIAL_OTHER                                                       \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIABHWj2c+s4/yWGw+u\n" \
	"AIfQFfA5WlKI1/2RXTQMuOLCQe44inp0SU4NfPTgS6YW4GfJITnAdTNlDd02Gpdk\n" \
	"BTjSycWhgYkDgYYABAAWZB2TF/e1RNNv7bTfeRE9xTfuweEo/gsCQ/uLyx22bJ3C\n" \
	"AsthuYsDHODYreqh17bjvrjD6h0kOH3qSzAoecndOwCBrqh5a5qDmd3ZfxDxg42t\n" \
	"OvjUE221x3T+Ls50CRQN6C50LJ9qpICt+1NUxDryBQ6pJIIesdTTtk2iKXOmzUGH\n" \
	"xw==\n"                                                             \
	"-----END PRIVATE KEY-----\n"

/* The public half of MATERIAL_OTHER. */
#define MATERIAL_OTHER_PUBLIC                                                \
	"-----BEGIN PUBLIC KEY-----\n"                                       \
	"MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQAFmQdkxf3tUTTb+2033kRPcU37sHh\n" \
	"KP4LAkP7i8sdtmydwgLLYbmLAxzg2K3qode24764w+odJDh96kswKHnJ3TsAga6o\n" \
	"eWuag5nd2X8Q8YONrTr41BNttcd0/i7OdAkUDegudCyfaqSArftTVMQ68gUOqSSC\n" \
	"HrHU07ZNoilzps1Bh8c=\n"                                             \
	"-----END PUBLIC KEY-----\n"
