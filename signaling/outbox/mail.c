#include "signaling/outbox/mail.h"

#include "base/slice.h"
#include "signaling/outbox/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#define URL_MAX     512
#define ADDRESS_MAX 300 /* bytes of "<address>" */

struct upload {
    struct slice rest;
};

static size_t give(char *out, size_t size, size_t count, void *arg)
{
    struct upload *upload = arg;
    size_t length = upload->rest.length;

    if (length > size * count)
        length = size * count;
    memcpy(out, upload->rest.data, length);
    upload->rest.data += length;
    upload->rest.length -= length;
    return length;
}

static struct outcome outcome_of_code(long code)
{
    char why[OUTCOME_WHY];
    /* 530, 534, 535: our sign-in, which somebody will mend (RFC 4954, 6). */
    bool ours = code == 530 || code == 534 || code == 535;

    (void)snprintf(why, sizeof(why), "smtp_%d", (int)(code % 1000));
    return outcome_of(code >= 500 && !ours ? OUTCOME_REFUSED : OUTCOME_RETRY,
                      why);
}

/* Sending twice is better than never: all that is unclear is tried again, under
 * the same Message-ID. */
static struct outcome outcome_of_smtp(CURL *curl, CURLcode code)
{
    long reply = 0;

    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply);
    switch ((int)code) {
    case CURLE_OK:
        return outcome_done();
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return outcome_of(OUTCOME_RETRY, "no_tls");
    case CURLE_COULDNT_RESOLVE_HOST:
        return outcome_of(OUTCOME_RETRY, "no_such_host");
    case CURLE_COULDNT_CONNECT:
        return outcome_of(OUTCOME_RETRY, "no_connection");
    case CURLE_OPERATION_TIMEDOUT:
        return outcome_of(OUTCOME_RETRY, "timeout");
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return outcome_of(OUTCOME_REFUSED, "bad_url");
    default:
        return reply >= 400 ? outcome_of_code(reply)
                            : outcome_of(OUTCOME_RETRY, "connection_lost");
    }
}

static void set_server(CURL *curl, const struct mail_server *server)
{
    bool loopback = http_host_is_loopback(server->url);
    char url[URL_MAX];

    /* What libcurl says in EHLO: our mail domain, not this machine's name. */
    (void)snprintf(url, sizeof(url), "%s/%s", server->url,
                   strchr(server->from, '@') + 1);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)HTTP_CONNECT_S);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)MAIL_TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     (long)(loopback && !server->always_tls ? CURLUSESSL_NONE
                                                            : CURLUSESSL_ALL));
    if (server->authority)
        curl_easy_setopt(curl, CURLOPT_CAINFO, server->authority);
    if (server->user && server->user[0]) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, server->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD,
                         server->password ? server->password : "");
    }
}

static struct outcome post(const struct mail_server *server, const char *to,
                           const char *message)
{
    struct upload upload = { .rest = slice_of_text(message) };
    char sender[ADDRESS_MAX];
    char receiver[ADDRESS_MAX];
    struct curl_slist *receivers;
    struct outcome outcome;
    CURL *curl = curl_easy_init();

    if (!curl)
        return outcome_of(OUTCOME_RETRY, "no_memory");
    (void)snprintf(sender, sizeof(sender), "<%s>", server->from);
    (void)snprintf(receiver, sizeof(receiver), "<%s>", to);
    receivers = curl_slist_append(NULL, receiver);

    set_server(curl, server);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, sender);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, receivers);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
    outcome = outcome_of_smtp(curl, curl_easy_perform(curl));
    curl_slist_free_all(receivers);
    curl_easy_cleanup(curl);
    return outcome;
}

struct outcome mail_send(const struct mail_server *server,
                         const struct mail *mail)
{
    char message[MAIL_BYTES];

    http_start();
    if (mail_compose(mail, server->from, message, sizeof(message)))
        return outcome_of(OUTCOME_REFUSED, "bad_mail");
    return post(server, mail->to, message);
}
