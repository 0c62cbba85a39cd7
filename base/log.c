#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES         1024
#define LIMITED_LINES_A_SECOND 10

static enum log_level threshold = LOG_LEVEL_NOTICE;

void log_threshold(enum log_level level)
{
    threshold = level;
}

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_LEVEL_ERROR:
        return "error";
    case LOG_LEVEL_WARNING:
        return "warning";
    case LOG_LEVEL_NOTICE:
        return "notice";
    case LOG_LEVEL_DEBUG:
        return "debug";
    }
    return "?";
}

static void write_line(enum log_level level, const char *format, va_list args)
{
    char line[LINE_MAX_BYTES];
    struct timespec now;
    struct tm utc;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t length = strftime(line, sizeof(line), "%Y-%m-%dT%H:%M:%S", &utc);
    length += (size_t)snprintf(line + length, sizeof(line) - length,
                               ".%03ldZ level=%s ", now.tv_nsec / 1000000,
                               level_name(level));
    int text =
        vsnprintf(line + length, sizeof(line) - length - 1, format, args);
    if (text > 0)
        length += (size_t)text;
    if (length > sizeof(line) - 2)
        length = sizeof(line) - 2;
    line[length++] = '\n';
    /* One write: lines of several threads do not mix. */
    ssize_t written = write(STDERR_FILENO, line, length);
    (void)written; /* where would we report it? */
}

void log_line(enum log_level level, const char *format, ...)
{
    if (level > threshold)
        return;

    va_list args;
    va_start(args, format);
    write_line(level, format, args);
    va_end(args);
}

static void tell_left_out(long left_out)
{
    if (left_out > 0)
        log_line(LOG_LEVEL_WARNING, "log_left_out lines=%ld", left_out);
}

void log_limited(enum log_level level, const char *format, ...)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static time_t second;
    static int lines;
    static long left_out;
    struct timespec now;
    long tell = 0;

    if (level > threshold)
        return;

    clock_gettime(CLOCK_MONOTONIC, &now);
    pthread_mutex_lock(&lock);
    if (now.tv_sec != second) {
        second = now.tv_sec;
        lines = 0;
        tell = left_out;
        left_out = 0;
    }
    lines += 1;
    if (lines > LIMITED_LINES_A_SECOND) {
        left_out += 1;
        pthread_mutex_unlock(&lock);
        return;
    }
    pthread_mutex_unlock(&lock);

    tell_left_out(tell);
    va_list args;
    va_start(args, format);
    write_line(level, format, args);
    va_end(args);
}
