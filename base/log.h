/*
 * log: one line per happening on standard error, key=value, ids only: never a
 * name, a birth date, a reason, a link or the text of a message.
 * Any thread. Lines that an outsider can cause go through log_limited.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_NOTICE,
    LOG_LEVEL_DEBUG,
};

/* What is less important than this is not written; notice at start. */
void log_threshold(enum log_level level);

void log_line(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define log_error(...)   log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)  log_line(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_debug(...)   log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* At most ten lines a second over the whole process; the next line that passes
 * tells how many were left out. */
void log_limited(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
