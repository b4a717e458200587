#include "border/http_failure.h"

#include "base/mem.h"

#include <curl/curl.h>

/* What went wrong in words of our own; retry: whether it may be gone the next time. */
static const struct {
	CURLcode code;
	bool retry;
	const char *words;
} failures[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, true, "its name cannot be resolved" },
	{ CURLE_COULDNT_RESOLVE_PROXY, true, "the proxy's name cannot be resolved" },
	{ CURLE_COULDNT_CONNECT, true, "cannot be connected to" },
	{ CURLE_OPERATION_TIMEDOUT, true,
		"too slow: no whole answer within the time that is given" },
	{ CURLE_PARTIAL_FILE, true, "the answer was cut off" },
	{ CURLE_GOT_NOTHING, true, "closed the connection without an answer" },
	{ CURLE_RECV_ERROR, true, "the answer was cut off" },
	{ CURLE_SEND_ERROR, true, "the connection broke" },
	{ CURLE_SSL_CONNECT_ERROR, false, "no TLS connection (version 1.2 or later is needed)" },
	{ CURLE_PEER_FAILED_VERIFICATION, false,
		"its certificate is not one of this name, or not issued by an authority that counts (ca_file)" },
	{ CURLE_SSL_CACERT_BADFILE, false,
		"the authorities' certificates cannot be read (ca_file)" },
	{ CURLE_UNSUPPORTED_PROTOCOL, false, "what it says is no HTTP" },
	{ CURLE_WEIRD_SERVER_REPLY, false, "what it says is no HTTP" },
	{ CURLE_FILESIZE_EXCEEDED, false, "the answer is too large" },
	{ CURLE_OUT_OF_MEMORY, false, "out of memory" },
};

const char *
http_failure_words(int code, bool *retry)
{
	*retry = false;
	for (size_t i = 0; i < ARRAY_SIZE(failures); i++) {
		if ((int)failures[i].code == code) {
			*retry = failures[i].retry;
			return failures[i].words;
		}
	}
	return "the request failed";
}
