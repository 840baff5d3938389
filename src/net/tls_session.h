/*
 * TLS of one connection, between its socket and the bytes that it means. Knows neither: ciphertext
 * goes in and comes out, time is told.
 *
 *     socket -> tls_session_feed -> tls_session_read   -> connection
 *     socket <- tls_session_output <- tls_session_write <- connection
 *
 *     HANDSHAKE -> OPEN -> ENDED   the peer has said goodbye, or we have
 *         '-----------'--> FAILED  output may still hold an alert
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct tls_server;
struct tls_session;

enum tls_state { TLS_HANDSHAKE, TLS_OPEN, TLS_ENDED, TLS_FAILED };

/* peer: its name for the log, borrowed. The session may outlive a reload of the server's files. */
struct tls_session *tls_session_new(struct tls_server *tls, const char *peer, uint64_t now_ms);
void tls_session_free(struct tls_session *s); /* takes NULL */

/* Ciphertext that has come: borrowed until tls_session_read returns 0. */
void tls_session_feed(struct tls_session *s, const char *at, size_t len);

/* Decrypts up to room bytes; 0: that was all. To be called until then. */
size_t tls_session_read(struct tls_session *s, char *to, size_t room);

/* Encrypts, to the end of out. Nothing where the session is not open. */
void tls_session_write(struct tls_session *s, struct str plain, struct buf *out);

/* Appends what the session itself has to say: handshakes, alerts. */
void tls_session_output(struct tls_session *s, struct buf *out);

/* Says goodbye (close_notify), where it is open. */
void tls_session_end(struct tls_session *s);

/* The peer is gone: a handshake that it had begun has failed. */
void tls_session_lost(struct tls_session *s);

/* Gives up a handshake that takes too long. */
void tls_session_sweep(struct tls_session *s, uint64_t now_ms);

enum tls_state tls_session_state(const struct tls_session *s);
