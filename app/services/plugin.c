/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Services that are shared objects (rstack_plugin.h). */

#include <assert.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_common.h>

#include "rstack_plugin.h"
#include "services.h"

/* A change of this struct, or of a function that services call, is another RS_PLUGIN_ABI. */
static_assert(RS_PLUGIN_ABI == 1 && sizeof(struct rs_service) == 9 * sizeof(void *),
	"plugins rely on it");

/* A plugin of one listener of one worker. */
struct loaded {
	struct rs_service service; /* a copy of the plugin's, by which the others are found */
	const struct rs_plugin *plugin;
	void *handle;
};

/* Look into a shared object. @return 0, or -1 after a sentence */
static int
check_plugin(const struct loaded *loaded, const char *path, char *error, size_t size)
{
	const struct rs_plugin *plugin = loaded->plugin;

	if (plugin == NULL)
		snprintf(error, size, "path = %s: it is no plugin, because it does not define "
			"rstack_plugin; see rstack_plugin.h", path);
	else if (plugin->abi != RS_PLUGIN_ABI)
		snprintf(error, size, "path = %s: it was built for version %u of rstack_plugin.h, "
			"but this rstack has version %d; build it anew", path, plugin->abi,
			RS_PLUGIN_ABI);
	else if (plugin->service == NULL)
		snprintf(error, size, "path = %s: its rstack_plugin has no service", path);
	else
		return 0;
	return -1;
}

static void
unload(struct loaded *loaded)
{
	if (loaded->handle != NULL)
		dlclose(loaded->handle);
	free(loaded);
}

static int
plugin_load(const struct rs_config_listener *config, struct rs_listener *listener, char *error,
	size_t size)
{
	struct loaded *loaded = calloc(1, sizeof(*loaded));

	if (loaded == NULL) {
		snprintf(error, size, "too little memory for the plugin");
		return -1;
	}
	/* all symbols now, so that a missing one is told here and not in a callback */
	loaded->handle = dlopen(config->path, RTLD_NOW | RTLD_LOCAL);
	if (loaded->handle == NULL) {
		snprintf(error, size, "path: the plugin cannot be loaded: %s", dlerror());
		unload(loaded);
		return -1;
	}
	loaded->plugin = dlsym(loaded->handle, "rstack_plugin");
	if (check_plugin(loaded, config->path, error, size) != 0 ||
	    (loaded->plugin->create != NULL &&
	     loaded->plugin->create(config->argument, &listener->arg, error, size) != 0)) {
		unload(loaded);
		return -1;
	}
	loaded->service = *loaded->plugin->service;
	listener->service = &loaded->service;
	return 0;
}

static void
plugin_unload(struct rs_listener *listener)
{
	/* the service is the first member of a struct that plugin_load() made */
	struct loaded *loaded = (struct loaded *)(uintptr_t)listener->service;

	if (loaded->plugin->destroy != NULL)
		loaded->plugin->destroy(listener->arg);
	unload(loaded);
}

const struct rs_service_type rs_service_plugin = {
	.load = plugin_load,
	.unload = plugin_unload,
};
