#include "signaling/outbox/http.h"

#include <assert.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct receiver {
    uint8_t *data;
    size_t length;
    bool overflown;
};

static void start(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

void http_start(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, start);
}

static bool is_loopback_name(const char *host)
{
    size_t length = strlen(host);
    static const char tail[] = ".localhost";

    if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
        return true;
    if (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == length)
        return true;
    return length > sizeof(tail) - 1 &&
           strcasecmp(host + length - (sizeof(tail) - 1), tail) == 0;
}

/* By libcurl's own reading of it, so that no other spelling slips through. */
static bool ask_url(const char *url, bool *loopback, bool *tls)
{
    CURLU *parsed = curl_url();
    char *host = NULL;
    char *scheme = NULL;
    bool good = parsed &&
                curl_url_set(parsed, CURLUPART_URL, url,
                             CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
                curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK;

    if (good) {
        *loopback = is_loopback_name(host);
        *tls = strcmp(scheme, "https") == 0;
        good = *tls || strcmp(scheme, "http") == 0 ||
               strncmp(scheme, "smtp", 4) == 0;
    }
    curl_free(host);
    curl_free(scheme);
    curl_url_cleanup(parsed);
    return good;
}

bool http_url_is_safe(const char *url)
{
    bool loopback;
    bool tls;

    return ask_url(url, &loopback, &tls) && strncasecmp(url, "http", 4) == 0 &&
           (tls || loopback);
}

bool http_host_is_loopback(const char *url)
{
    bool loopback;
    bool tls;

    return ask_url(url, &loopback, &tls) && loopback;
}

static size_t receive(char *data, size_t size, size_t count, void *arg)
{
    struct receiver *receiver = arg;
    size_t length = size * count;
    uint8_t *grown;

    if (receiver->length + length > HTTP_RESPONSE_MAX) {
        receiver->overflown = true;
        return 0;
    }
    grown = realloc(receiver->data, receiver->length + length + 1);
    if (!grown)
        return 0;
    memcpy(grown + receiver->length, data, length);
    receiver->data = grown;
    receiver->length += length;
    grown[receiver->length] = '\0';
    return length;
}

static struct outcome outcome_of_curl(CURLcode code, bool overflown)
{
    switch ((int)code) {
    case CURLE_OK:
        return outcome_done();
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return outcome_of(OUTCOME_RETRY, "no_such_host");
    case CURLE_COULDNT_CONNECT:
        return outcome_of(OUTCOME_RETRY, "no_connection");
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return outcome_of(OUTCOME_RETRY, "no_tls");
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return outcome_of(OUTCOME_REFUSED, "bad_url");
    case CURLE_OPERATION_TIMEDOUT:
        return outcome_of(OUTCOME_FETCH_FIRST, "timeout");
    default:
        return outcome_of(OUTCOME_FETCH_FIRST,
                          overflown ? "answer_too_long" : "connection_lost");
    }
}

static CURL *prepare(const struct http_request *request,
                     struct curl_slist *headers, struct receiver *receiver)
{
    CURL *curl = curl_easy_init();

    if (!curl)
        return NULL;
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)HTTP_CONNECT_S);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)HTTP_TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "vestibule");
    if (http_host_is_loopback(request->url))
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
    if (strcmp(request->method, "POST") == 0) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)request->body.length);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
                         request->body.length ? (const char *)request->body.data
                                              : "");
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, receiver);
    return curl;
}

static struct curl_slist *list_headers(const struct http_request *request)
{
    /* No "Expect: 100-continue": it costs a second with some servers. */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");

    for (size_t i = 0; i < HTTP_HEADERS_MAX && request->headers[i]; i++)
        list = curl_slist_append(list, request->headers[i]);
    return list;
}

struct outcome http_send(const struct http_request *request,
                         struct http_response *out)
{
    struct receiver receiver = { 0 };
    struct curl_slist *headers;
    struct outcome outcome;
    curl_off_t wait = 0;
    CURL *curl;

    http_start();
    if (!http_url_is_safe(request->url))
        return outcome_of(OUTCOME_REFUSED, "bad_url");
    headers = list_headers(request);
    curl = prepare(request, headers, &receiver);
    if (!curl) {
        curl_slist_free_all(headers);
        return outcome_of(OUTCOME_RETRY, "no_memory");
    }

    outcome = outcome_of_curl(curl_easy_perform(curl), receiver.overflown);
    if (outcome.kind == OUTCOME_DONE) {
        *out = (struct http_response){
            .body = slice(receiver.data, receiver.length),
            .owned = receiver.data,
        };
        receiver.data = NULL;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out->status);
        curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait);
        out->retry_after_s = wait > 0 && wait < 86400 ? (uint32_t)wait : 0;
    }
    free(receiver.data);
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    return outcome;
}

void http_response_release(struct http_response *response)
{
    free(response->owned);
    *response = (struct http_response){ 0 };
}
