/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The face of a service of one's own: a shared object that [listen] service = plugin loads. It
 * defines rstack_plugin, and calls the functions of rstack.h that begin with rs_conn_. Build it
 * with -shared -fPIC and the flags of pkg-config --cflags rstack.
 */

#ifndef RSTACK_PLUGIN_H
#define RSTACK_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#include "rstack.h"

/**
 * Version of this face: of struct rs_plugin, of struct rs_service, and of the functions that a
 * service may call. rstack loads only plugins that were built with its own version.
 */
#define RS_PLUGIN_ABI 1

/** A plugin. */
struct rs_plugin {
	uint32_t abi;           /**< RS_PLUGIN_ABI */
	const struct rs_service *service; /**< its callbacks run on the thread of a worker */
	/**
	 * Make the state of one listener of one worker, which rs_conn_arg() returns. May be NULL.
	 * Runs on the main lcore, before the first connection, for each worker.
	 *
	 * @param argument  the key `argument` of the listener, "" by default
	 * @param arg       [out] the state
	 * @param error     [out] one sentence of less than `size` bytes when it fails
	 * @return 0 or -1
	 */
	int (*create)(const char *argument, void **arg, char *error, size_t size);
	/** Free that state, after the last connection. May be NULL. */
	void (*destroy)(void *arg);
};

/** What a plugin defines. */
extern const struct rs_plugin rstack_plugin;

#endif /* RSTACK_PLUGIN_H */
