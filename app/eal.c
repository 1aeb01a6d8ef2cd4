/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Starting EAL: its arguments, and one sentence that explains a failure. */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bsd/string.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_log.h>

#include "config/keys.h"
#include "eal.h"
#include "machine.h"
#include "worker.h"

#define MEBI (1024 * 1024)

/* Memory of EAL, of the devices' rings and of telemetry. */
#define MARGIN_MB 48

/*
 * The file of DPDK's captured log, and standard error, while the log is captured; else -1. A
 * handler of a signal is given no argument, so they stand here.
 */
static volatile sig_atomic_t captured_fd = -1;
static volatile sig_atomic_t shown_fd = -1;

/* Whether the command line has an option that names the lcores. */
static bool
has_lcores(const struct rs_args *args)
{
	return rs_args_eal_has(args, "lcores", 'l') || rs_args_eal_has(args, "lcores", 'c') ||
	       rs_args_eal_has(args, "lcores", 's');
}

bool
rs_eal_no_huge(const struct rs_args *args, const struct rs_config *config)
{
	return rs_args_eal_has(args, "no-huge", 0) ||
	       (config->eal.no_huge && !rs_args_eal_has(args, "in-memory", 0));
}

void
rs_eal_override(const struct rs_args *args, struct rs_config *config)
{
	const char *lcores = rs_machine_lcores(args, config);

	config->eal.small_pages = rs_eal_no_huge(args, config);
	/* a reload compares the file with the file, so a run keeps what the file says */
	if (args->mode == RS_ARGS_CHECK && lcores != NULL)
		strlcpy(config->eal.lcores, lcores, sizeof(config->eal.lcores));
}

const char *
rs_eal_file_prefix(const struct rs_args *args, const struct rs_config *config)
{
	const char *prefix = rs_args_eal_value(args, "file-prefix");

	if (prefix != NULL)
		return prefix;
	return config->eal.file_prefix[0] != '\0' ? config->eal.file_prefix : "rte";
}

uint32_t
rs_eal_memory_mb(const struct rs_args *args, const struct rs_config *config)
{
	const char *list = rs_args_eal_value(args, "lcores");
	unsigned int lcores = 0;
	uint64_t acl;

	if (list == NULL && !has_lcores(args))
		list = config->eal.lcores;
	if (list != NULL)
		lcores = rs_lcores_count(list);
	/* other options (-c, -s) are rare, and memory that is not needed is not touched */
	if (lcores == 0)
		lcores = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
	lcores = RTE_MAX(lcores, 2U);
	/* a reload makes another access list beside the one in use */
	acl = config->acl.n_rules == 0 ? 0 : 2 * rs_acl_memory(config->acl.n_rules) / MEBI + 1;
	return (uint32_t)((lcores - 1) * (rs_worker_memory(config) / MEBI + 1) + acl +
		(rs_config_kernel_memory(config) + MEBI - 1) / MEBI) + MARGIN_MB;
}

/* Add one argument, formatted as by printf(). */
__rte_format_printf(2, 3)
static void
add_arg(struct rs_eal_args *out, const char *format, ...)
{
	char *arg = &out->text[out->used];
	size_t room = sizeof(out->text) - out->used;
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(arg, room, format, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= room || out->argc == RS_EAL_ARGS_MAX) {
		out->too_many = true;
		return;
	}
	out->argv[out->argc++] = arg;
	out->used += (size_t)len + 1;
}

/* Add the options of [eal] args, which are separated by blanks. */
static void
add_words(struct rs_eal_args *out, const char *words)
{
	for (;;) {
		int len;

		words += strspn(words, " \t");
		len = (int)strcspn(words, " \t");
		if (len == 0)
			return;
		add_arg(out, "%.*s", len, words);
		words += len;
	}
}

/* Allow only the PCI devices of the file, because EAL would take every device that it can. */
static void
add_pci(const struct rs_args *args, const struct rs_config *config, struct rs_eal_args *out)
{
	bool any = rs_args_eal_has(args, "allow", 'a') || rs_args_eal_has(args, "block", 'b') ||
		rs_args_eal_has(args, "no-pci", 0);
	unsigned int i;

	for (i = 0; i < config->n_ports; i++) {
		if (!config->ports[i].is_pci || rs_config_device_first(config, i) != i)
			continue;
		add_arg(out, "-a");
		add_arg(out, "%s", config->ports[i].device);
		any = true;
	}
	if (!any)
		add_arg(out, "--no-pci");
}

void
rs_eal_args_build(const struct rs_args *args, const struct rs_config *config,
	struct rs_eal_args *out)
{
	const struct rs_config_eal *eal = &config->eal;
	bool no_huge = rs_eal_no_huge(args, config);
	int i;

	memset(out, 0, sizeof(*out));
	add_arg(out, "%s", args->program);
	if (eal->lcores[0] != '\0' && !has_lcores(args))
		add_arg(out, "--lcores=%s", eal->lcores);
	if (no_huge && !rs_args_eal_has(args, "no-huge", 0))
		add_arg(out, "--no-huge");
	if (eal->in_memory && !no_huge && !rs_args_eal_has(args, "in-memory", 0))
		add_arg(out, "--in-memory");
	if (!rs_args_eal_has(args, "socket-mem", 'm') && (eal->memory_mb != 0 || no_huge)) {
		add_arg(out, "-m");
		add_arg(out, "%u", eal->memory_mb != 0 ? eal->memory_mb :
			rs_eal_memory_mb(args, config));
	}
	if (eal->file_prefix[0] != '\0' && !rs_args_eal_has(args, "file-prefix", 0))
		add_arg(out, "--file-prefix=%s", eal->file_prefix);
	if (!eal->telemetry && !rs_args_eal_has(args, "no-telemetry", 0) &&
	    !rs_args_eal_has(args, "telemetry", 0))
		add_arg(out, "--no-telemetry");
	if (!rs_args_eal_has(args, "log-level", 0))
		add_arg(out, "--log-level=warning");
	add_pci(args, config, out);
	add_words(out, eal->args);
	for (i = 0; i < args->n_eal; i++)
		add_arg(out, "%s", args->eal[i]);
}

/* Make fd `of` refer to the file of `to`. @return a copy of the old fd, for restore_fd() */
static int
replace_fd(int of, int to)
{
	int copy = fcntl(of, F_DUPFD_CLOEXEC, 0);

	dup2(to, of);
	return copy;
}

static void
restore_fd(int of, int copy)
{
	if (copy < 0)
		return;
	dup2(copy, of);
	close(copy);
}

/* Call rte_eal_init() without its output beside the log: alerts, and usage at a wrong option. */
static int
init_quietly(struct rs_eal_args *list, struct rs_eal_log *log)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int out, error, ret;

	fflush(stdout);
	out = replace_fd(STDOUT_FILENO, null);
	error = replace_fd(STDERR_FILENO, fileno(log->stream));
	opterr = 1;
	ret = rte_eal_init(list->argc, list->argv);
	fflush(stdout);
	restore_fd(STDOUT_FILENO, out);
	restore_fd(STDERR_FILENO, error);
	if (null >= 0)
		close(null);
	return ret;
}

/* The process ends while the log is captured: show it. Uses nothing but system calls. */
static void
show_captured(void)
{
	int from = captured_fd;
	char part[512];
	off_t at = 0;
	ssize_t n;

	captured_fd = -1;
	while (from >= 0 && (n = pread(from, part, sizeof(part), at)) > 0) {
		if (write(shown_fd, part, (size_t)n) < 0)
			return;
		at += n;
	}
}

/* abort() ends the process when this handler returns. */
static void
handle_abort(int sig __rte_unused)
{
	show_captured();
}

/* From now on, show the log if EAL or a driver ends the process (rte_panic(), rte_exit()). */
static void
guard_log(const struct rs_eal_log *log)
{
	shown_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	captured_fd = fileno(log->stream);
	signal(SIGABRT, handle_abort);
	atexit(show_captured);
}

void
rs_eal_log_clear(struct rs_eal_log *log)
{
	rewind(log->stream);
	if (ftruncate(fileno(log->stream), 0) != 0)
		warn("log");
}

const char *
rs_eal_log_line(struct rs_eal_log *log)
{
	fflush(log->stream);
	rewind(log->stream);
	if (fgets(log->line, sizeof(log->line), log->stream) == NULL)
		return "it gives no reason";
	log->line[strcspn(log->line, "\n")] = '\0';
	fseek(log->stream, 0, SEEK_END);
	return log->line;
}

/* Whether a line of DPDK's log has this text. */
static bool
log_has(struct rs_eal_log *log, const char *text)
{
	bool found = false;

	fflush(log->stream);
	rewind(log->stream);
	while (!found && fgets(log->line, sizeof(log->line), log->stream) != NULL)
		found = strstr(log->line, text) != NULL;
	fseek(log->stream, 0, SEEK_END);
	return found;
}

/* Write why EAL did not start, and the remedy. */
static void
explain_failure(const struct rs_args *args, const struct rs_config *config, struct rs_eal_log *log)
{
	const char *lcores = rs_machine_lcores(args, config);
	unsigned int cpu = 0;

	if (log_has(log, "unavailable") || log_has(log, "Cannot set affinity") ||
	    (log_has(log, "lcore") && lcores != NULL && rs_machine_lacks_cpu(lcores, &cpu)))
		warnx("[eal] lcores or -l has lcores that this machine, with %ld CPUs, does not; "
			"two lcores on CPU 0 are written 0@0,1@0", sysconf(_SC_NPROCESSORS_ONLN));
	else if (log_has(log, "parameter for --lcores") || log_has(log, "core list") ||
		 log_has(log, "coremask"))
		warnx("EAL cannot read the list of lcores%s%s (%s); a list is like 0-3, or 0@0,1@0 "
			"on one CPU", lcores != NULL ? " " : "", lcores != NULL ? lcores : "",
			rs_eal_log_line(log));
	else if (log_has(log, "Invalid 'command line'"))
		warnx("EAL rejects its options (%s); check the options before -- and [eal] args",
			rs_eal_log_line(log));
	else if (log_has(log, "Is another primary process running"))
		warnx("another DPDK process runs with file prefix %s; set another [eal] "
			"file-prefix", rs_eal_file_prefix(args, config));
	else if (geteuid() != 0)
		warnx("EAL could not start without root's rights (%s); run rstack as root",
			rs_eal_log_line(log));
	else if (rs_eal_no_huge(args, config))
		warnx("EAL could not start (%s); about %u MiB of memory are needed; lower [tcp] "
			"max_connections or [worker] mbufs to need less",
			rs_eal_log_line(log), rs_eal_memory_mb(args, config));
	else
		rs_eal_say_memory(args, config);
}

/* The sum of a list of numbers, such as that of --socket-mem. */
static uint32_t
sum_list(const char *text)
{
	uint32_t sum = 0;
	char *end;

	for (;;) {
		sum += (uint32_t)strtoul(text, &end, 10);
		if (end == text || *end != ',')
			return sum;
		text = end + 1;
	}
}

/* The mebibytes that the options of EAL ask for, of which the last counts. */
static uint32_t
find_memory(const struct rs_eal_args *list)
{
	static const char option[] = "--socket-mem";
	uint32_t mb = 0;
	int i;

	for (i = 1; i < list->argc; i++) {
		const char *arg = list->argv[i];
		const char *next = i + 1 < list->argc ? list->argv[i + 1] : "";

		if (strncmp(arg, "-m", 2) == 0)
			mb = sum_list(arg[2] != '\0' ? arg + 2 : next);
		else if (strcmp(arg, option) == 0)
			mb = sum_list(next);
		else if (strncmp(arg, option, strlen(option)) == 0 && arg[strlen(option)] == '=')
			mb = sum_list(arg + sizeof(option));
	}
	return mb;
}

uint32_t
rs_eal_given_mb(const struct rs_args *args, const struct rs_config *config)
{
	struct rs_eal_args *list = malloc(sizeof(*list));
	uint32_t mb = 0;

	if (list != NULL) {
		rs_eal_args_build(args, config, list);
		mb = find_memory(list);
	}
	free(list);
	return mb;
}

/* Write how much memory is needed without hugepages. */
static void
say_ordinary_memory(uint32_t need, uint32_t given)
{
	struct rs_machine_memory memory;

	if (given < need) {
		warnx("too little memory: about %u MiB are needed, and [eal] memory (-m) gives %u; "
			"raise it, or lower [tcp] max_connections or [worker] mbufs", need, given);
		return;
	}
	rs_machine_memory(true, &memory);
	warnx("too little memory: about %u MiB are needed, and %" PRIu64 " MiB are free; raise "
		"[eal] memory (-m), or lower [tcp] max_connections or [worker] mbufs", need,
		memory.free_mb);
}

int
rs_eal_check_memory(const struct rs_args *args, const struct rs_config *config)
{
	uint32_t need = rs_eal_memory_mb(args, config);
	struct rs_machine_memory memory;

	if (!rs_eal_no_huge(args, config))
		return 0;
	if (rs_args_eal_has(args, "socket-mem", 0)) {
		warnx("--socket-mem is for hugepages; give -m %u without them", need);
		return -1;
	}
	rs_machine_memory(true, &memory);
	/* a free_mb of 0 is not known */
	if (need <= rs_eal_given_mb(args, config) &&
	    (need <= memory.free_mb || memory.free_mb == 0))
		return 0;
	rs_eal_say_memory(args, config);
	return -1;
}

void
rs_eal_say_memory(const struct rs_args *args, const struct rs_config *config)
{
	uint32_t mb = rs_eal_memory_mb(args, config);
	uint32_t given = rs_eal_given_mb(args, config);
	struct rs_machine_memory memory;
	uint64_t more;

	if (rs_eal_no_huge(args, config)) {
		say_ordinary_memory(mb, given);
		return;
	}
	/* the file or the command line may ask for more than the pools need */
	mb = RTE_MAX(mb, given);
	rs_machine_memory(false, &memory);
	if (memory.page_kb == 0) {
		warnx("too few hugepages: about %u MiB are needed, and this machine has none; set "
			"[eal] no-huge = yes", mb);
		return;
	}
	/* the file sets the number of pages, those in use included */
	more = mb > memory.free_mb ? ((mb - memory.free_mb) * 1024 + memory.page_kb - 1) /
		memory.page_kb : 1;
	warnx("too few hugepages: about %u MiB are needed, and %" PRIu64 " MiB are free; reserve "
		"%" PRIu64 " more of %" PRIu64 " kB with echo %" PRIu64 " > "
		"/proc/sys/vm/nr_hugepages, or set [eal] no-huge = yes", mb, memory.free_mb, more,
		memory.page_kb, memory.pages + more);
}

int
rs_eal_start(const struct rs_args *args, const struct rs_config *config, struct rs_eal_log *log)
{
	struct rs_eal_args *list = malloc(sizeof(*list));
	int ret = -1;

	memset(log, 0, sizeof(*log));
	if (rs_eal_check_memory(args, config) != 0) {
		free(list);
		return -1;
	}
	log->show = rs_args_eal_has(args, "log-level", 0);
	log->stream = fdopen(memfd_create("log", MFD_CLOEXEC), "w+");
	if (list == NULL || log->stream == NULL) {
		warn("EAL could not start");
		free(list);
		return -1;
	}
	setvbuf(log->stream, NULL, _IONBF, 0);
	rs_eal_args_build(args, config, list);
	if (list->too_many) {
		warnx("there are more than %u EAL options; give fewer before -- and in [eal] args",
			RS_EAL_ARGS_MAX);
	} else {
		rte_openlog_stream(log->stream);
		guard_log(log);
		ret = init_quietly(list, log);
		if (ret < 0)
			explain_failure(args, config, log);
	}
	free(list);
	return ret < 0 ? -1 : 0;
}

void
rs_eal_log_end(struct rs_eal_log *log)
{
	if (log->stream == NULL)
		return;
	rte_openlog_stream(NULL);
	captured_fd = -1;
	signal(SIGABRT, SIG_DFL);
	rewind(log->stream);
	while (log->show && fgets(log->line, sizeof(log->line), log->stream) != NULL)
		fputs(log->line, stderr);
	fclose(log->stream);
	log->stream = NULL;
}
