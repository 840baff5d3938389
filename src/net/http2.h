/*
 * What all HTTP/2 sessions of a server share: nghttp2's callbacks and limits.
 */
#pragma once

struct http2_setup;

struct http2_setup *http2_setup_new(void);
void http2_setup_free(struct http2_setup *setup); /* takes NULL */
