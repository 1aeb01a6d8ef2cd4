/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * What -t says of a machine: CPUs, memory, drivers, interfaces and PCI devices, of a machine that
 * the test makes: its /proc, /sys and directory of drivers lie in a directory of the test's own.
 */

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/string.h>
#include <cmocka.h>
#include <rte_common.h>
#include <rte_lcore.h>

#include "eal.h"
#include "machine.h"

/* The root of the machine, and its one interface; "" while the test program is on its own. */
static char root[64];
static const char *interface = "";

int __real_access(const char *path, int mode);
FILE *__real_fopen64(const char *path, const char *mode);
DIR *__real_opendir(const char *path);
ssize_t __real_readlink(const char *path, char *text, size_t size);
int __wrap_access(const char *path, int mode);
FILE *__wrap_fopen64(const char *path, const char *mode);
DIR *__wrap_opendir(const char *path);
ssize_t __wrap_readlink(const char *path, char *text, size_t size);
unsigned int __wrap_if_nametoindex(const char *name);

/* The place of a file of the machine; valid until the next call. */
static const char *
at(const char *path)
{
	static char full[1024];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return full;
}

int
__wrap_access(const char *path, int mode)
{
	return __real_access(at(path), mode);
}

FILE *
__wrap_fopen64(const char *path, const char *mode)
{
	return __real_fopen64(at(path), mode);
}

DIR *
__wrap_opendir(const char *path)
{
	return __real_opendir(at(path));
}

ssize_t
__wrap_readlink(const char *path, char *text, size_t size)
{
	return __real_readlink(at(path), text, size);
}

unsigned int
__wrap_if_nametoindex(const char *name)
{
	return strcmp(name, interface) == 0;
}

/* Make the directories of a file of the machine. */
static void
make_directories(const char *path)
{
	char part[512];
	char *slash = part;

	strlcpy(part, path, sizeof(part));
	while ((slash = strchr(slash + 1, '/')) != NULL) {
		*slash = '\0';
		mkdir(at(part), 0755);
		*slash = '/';
	}
}

/* Write a file of the machine. */
static void
put(const char *path, const char *text)
{
	FILE *f;

	make_directories(path);
	f = __real_fopen64(at(path), "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int
setup(void **state)
{
	struct rs_config *config = calloc(1, sizeof(*config));

	strcpy(root, "/tmp/rstack-machine-XXXXXX");
	assert_non_null(mkdtemp(root));
	interface = "";
	rs_tcp_defaults(&config->tcp);
	config->usage = &rs_usage_rstack;
	config->n_ports = 1;
	config->mbufs = 16384;
	strcpy(config->eal.lcores, "0-1");
	strcpy(config->ports[0].device, "net_tap0,iface=rstack0");
	put("/sys/devices/system/cpu/cpu0/topology/core_id", "0\n");
	put("/sys/devices/system/cpu/cpu1/topology/core_id", "1\n");
	put("/proc/meminfo", "MemTotal:       99999999 kB\nMemAvailable:    4194304 kB\n"
		"HugePages_Total:     700\nHugePages_Free:      600\n"
		"Hugepagesize:       2048 kB\n");
	put("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "600\n");
	put(RTE_EAL_PMD_PATH "/librte_net_tap.so.23", "");
	*state = config;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st __rte_unused, int type __rte_unused,
	struct FTW *ftw __rte_unused)
{
	return remove(path);
}

static int
teardown(void **state)
{
	int ret = nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);

	root[0] = '\0';
	free(*state);
	return ret;
}

/* Check the machine with a command line, of words; all that is said, valid until the next call. */
static const char *
check(const char *command, const struct rs_config *config)
{
	static char text[4096];
	char words[256];
	char *argv[16];
	char *rest = words;
	struct rs_args args;
	FILE *real = stderr;
	FILE *out = fmemopen(text, sizeof(text), "w");
	int argc = 0;
	int ret;

	strlcpy(words, command, sizeof(words));
	while ((argv[argc] = strsep(&rest, " ")) != NULL)
		argc++;
	assert_int_equal(rs_args_parse(&rs_usage_rstack, argc, argv, &args, stderr), 0);
	text[0] = '\0';
	stderr = out; /* warnx() writes there, too */
	ret = rs_machine_check(&args, config, out);
	stderr = real;
	fclose(out);
	assert_int_equal(ret, text[0] == '\0' ? 0 : -1);
	return text;
}

/* What is said must be one line, with this in it. */
static void
check_refused(const char *command, const struct rs_config *config, const char *part)
{
	const char *text = check(command, config);

	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" does not have \"%s\"", text, part);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void
check_taken(const char *command, const struct rs_config *config)
{
	assert_string_equal(check(command, config), "");
}

static void
cpus_of_the_lcores_must_be_there(void **state)
{
	struct rs_config *config = *state;
	unsigned int cpu = 99;

	check_taken("rstack -- -c f", config);
	assert_false(rs_machine_lacks_cpu("0-1", &cpu));
	assert_false(rs_machine_lacks_cpu("0,1", &cpu));
	assert_false(rs_machine_lacks_cpu("0@0,1@0,2@0,7@1", &cpu));
	assert_true(rs_machine_lacks_cpu("0-2", &cpu));
	assert_int_equal(cpu, 2);
	assert_true(rs_machine_lacks_cpu("0,1@5", &cpu));
	assert_int_equal(cpu, 5);
	assert_true(rs_machine_lacks_cpu("0,9-12", &cpu));
	assert_int_equal(cpu, 9);
	/* EAL's other forms are left to it, and numbers that it cannot have do not run on */
	assert_false(rs_machine_lacks_cpu("(0-9)@0", &cpu));
	assert_false(rs_machine_lacks_cpu("", &cpu));
	assert_false(rs_machine_lacks_cpu("4000000000-4294967295", &cpu));
	strcpy(config->eal.lcores, "0-4");
	check_refused("rstack -- -c f", config, "the lcores 0-4 need CPU 2, which this machine");
}

/* The kernel's interface is a new one, of the driver net_tap, whatever the device is. */
static void
interface_of_the_kernel_must_be_possible(void **state)
{
	struct rs_config *config = *state;

	strcpy(config->ports[0].kernel, "rs0");
	check_taken("rstack -- -c f", config);
	interface = "rs0";
	check_refused("rstack -- -c f", config, "[port 0] kernel = rs0: an interface has this "
		"name already");
	interface = "";
	put(RTE_EAL_PMD_PATH "/librte_net_null.so.23", "");
	strcpy(config->ports[0].device, "net_null0");
	check_taken("rstack -- -c f", config);
	remove(at(RTE_EAL_PMD_PATH "/librte_net_tap.so.23"));
	check_refused("rstack -- -c f", config, "[port 0] kernel = rs0: its driver net_tap is not "
		"installed");
	check_taken("rstack -d librte_net_tap.so -- -c f", config);
}

/* Options of the command line take the place of the file's. */
static void
lcores_are_those_that_eal_gets(void **state)
{
	struct rs_config *config = *state;

	strcpy(config->eal.lcores, "0-9");
	check_refused("rstack -- -c f", config, "CPU 2");
	check_taken("rstack -l 0,1 -- -c f", config);
	check_taken("rstack -l0-1 -- -c f", config);
	check_taken("rstack --lcores=0@0,1@1 -- -c f", config);
	check_taken("rstack --lcores 0-1 -- -c f", config);
	check_taken("rstack -c 3 -- -c f", config); /* a mask, which only EAL reads */
	check_refused("rstack -l 0,5 -- -c f", config, "the lcores 0,5 need CPU 5");
	check_refused("rstack --lcores foo -- -c f", config, "cannot read the list of lcores foo");
	check_refused("rstack -l 0 -- -c f", config, "no lcore for a worker");
	check_refused("rstack --lcores=0@1 -- -c f", config, "no lcore for a worker");
}

static void
memory_is_read(void **state __rte_unused)
{
	struct rs_machine_memory memory;

	rs_machine_memory(true, &memory);
	assert_int_equal(memory.free_mb, 4096);
	assert_int_equal(memory.page_kb, 2048);
	assert_int_equal(memory.pages, 700);
	/* of all sizes */
	put("/sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages", "3\n");
	put("/sys/kernel/mm/hugepages/other/free_hugepages", "1000\n");
	rs_machine_memory(false, &memory);
	assert_int_equal(memory.free_mb, 600 * 2 + 3 * 1024);
}

/* EAL frees the hugepages of a process that was killed, but not those of one that runs. */
static void
hugepages_of_a_killed_process_are_free(void **state __rte_unused)
{
	static const char *const files[] = { "/mnt/h p/rtemap_0", "/mnt/h p/e2emap_1",
		"/mnt/h p/other", "/mnt/else/rtemap_0" };
	struct rs_machine_memory memory;
	int fd[RTE_DIM(files)];
	unsigned int i;

	put("/proc/mounts", "none /mnt/else tmpfs rw 0 0\nnone /mnt/h\\040p hugetlbfs rw 0 0\n");
	for (i = 0; i < RTE_DIM(files); i++) {
		put(files[i], "");
		fd[i] = open(at(files[i]), O_RDWR);
		assert_int_equal(posix_fallocate(fd[i], 0, 2 << 20), 0);
	}
	rs_machine_memory(false, &memory);
	assert_int_equal(memory.free_mb, 600 * 2 + 4);
	assert_int_equal(flock(fd[1], LOCK_SH), 0);
	rs_machine_memory(false, &memory);
	assert_int_equal(memory.free_mb, 600 * 2 + 2);
	rs_machine_memory(true, &memory);
	assert_int_equal(memory.free_mb, 4096);
	for (i = 0; i < RTE_DIM(files); i++)
		close(fd[i]);
}

static void
machine_may_have_no_hugepages(void **state)
{
	struct rs_config *config = *state;
	struct rs_machine_memory memory;

	put("/proc/meminfo", "MemAvailable:    4194304 kB\n");
	remove(at("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"));
	rs_machine_memory(false, &memory);
	assert_int_equal(memory.free_mb, 0);
	assert_int_equal(memory.page_kb, 0);
	check_refused("rstack -- -c f", config, "this machine has none; set [eal] no-huge = yes");
	check_taken("rstack --no-huge -- -c f", config);
}

/* The advice is for the number of all pages, those in use included. */
static void
missing_hugepages_are_counted(void **state)
{
	struct rs_config *config = *state;

	check_taken("rstack -m 1200 -- -c f", config);
	check_refused("rstack -m 1201 -- -c f", config, "about 1201 MiB are needed, and 1200 MiB "
		"are free; reserve 1 more of 2048 kB with echo 701 > /proc/sys/vm/nr_hugepages");
	check_refused("rstack -m1203 -- -c f", config, "2 more of 2048 kB with echo 702");
	check_taken("rstack --socket-mem=600,600 -- -c f", config);
	check_refused("rstack --socket-mem=600,601 -- -c f", config, "about 1201 MiB");
	check_refused("rstack --socket-mem 1300 -- -c f", config, "about 1300 MiB");
	config->eal.memory_mb = 2000;
	check_refused("rstack -- -c f", config, "about 2000 MiB");
	check_taken("rstack -m 100 -- -c f", config); /* EAL takes more when it is needed */
	config->eal.memory_mb = 0;
	config->mbufs = 1 << 20;
	check_refused("rstack -m 100 -- -c f", config, "too few hugepages: about ");
}

/* Without hugepages EAL takes what it is given, and no more. */
static void
ordinary_memory_is_what_m_gives(void **state)
{
	struct rs_config *config = *state;
	const struct rs_args none = { .n_eal = 0 };
	uint32_t need;
	char text[64];

	config->eal.no_huge = true;
	config->eal.small_pages = true;
	need = rs_eal_memory_mb(&none, config);
	check_taken("rstack -- -c f", config);
	snprintf(text, sizeof(text), "rstack -m %u -- -c f", need);
	check_taken(text, config);
	snprintf(text, sizeof(text), "rstack -m %u -- -c f", need - 1);
	check_refused(text, config, "raise it, or lower [tcp] max_connections or [worker] mbufs");
	check_refused("rstack -m 16 -- -c f", config, "[eal] memory (-m) gives 16;");
	check_refused("rstack -m 9999 -m17 -- -c f", config, "(-m) gives 17;");
	check_refused("rstack --socket-mem=512 -- -c f", config, "--socket-mem is for hugepages");
	/* the kernel gives pages when they are used */
	check_taken("rstack -m 9999 -- -c f", config);
	config->eal.memory_mb = 20;
	check_refused("rstack -- -c f", config, "[eal] memory (-m) gives 20;");
	config->eal.memory_mb = 0;
	strcpy(config->eal.args, "-m 18");
	check_refused("rstack -- -c f", config, "(-m) gives 18;");
	config->eal.args[0] = '\0';
	put("/proc/meminfo", "MemAvailable:    10240 kB\n");
	check_refused("rstack -- -c f", config, "and 10 MiB are free;");
}

static void
drivers_are_looked_up(void **state)
{
	struct rs_config *config = *state;

	strcpy(config->ports[0].device, "net_foo12,a=b");
	check_refused("rstack -- -c f", config, "[port 0] device = net_foo12,a=b: no driver "
		"net_foo is installed; Debian has a driver net_NAME in the package "
		"librte-net-NAME23");
	/* the command line may bring it */
	check_taken("rstack -d /a/librte_net_foo.so -- -c f", config);
	check_taken("rstack --vdev net_foo12 -- -c f", config);
	put(RTE_EAL_PMD_PATH "/librte_net_foo.so.23", "");
	check_taken("rstack -- -c f", config);
	/* a DPDK whose drivers are no plugins */
	nftw(at(RTE_EAL_PMD_PATH), remove_one, 8, FTW_DEPTH | FTW_PHYS);
	strcpy(config->ports[0].device, "net_bar0");
	check_taken("rstack -- -c f", config);
}

static void
interfaces_are_looked_up(void **state)
{
	struct rs_config *config = *state;
	char *device = config->ports[0].device;

	interface = "eth7";
	put(RTE_EAL_PMD_PATH "/librte_net_af_packet.so.23", "");
	check_taken("rstack -- -c f", config); /* a TAP makes its own */
	strcpy(device, "net_tap0,iface=eth7");
	check_refused("rstack -- -c f", config, "that no interface has its name (ip link)");
	strcpy(device, "net_af_packet0,iface=eth7,qpairs=2");
	check_taken("rstack -- -c f", config);
	strcpy(device, "net_af_packet0,iface=eth8,qpairs=2");
	check_refused("rstack -- -c f", config, "there is no interface eth8 (ip link)");
	strcpy(device, "net_tap0,iface=fifteen_letters");
	check_taken("rstack -- -c f", config); /* 15 and the NUL */
	strcpy(device, "net_tap0,iface=sixteen_letters_");
	check_refused("rstack -- -c f", config, "is no name of an interface");
	strcpy(device, "net_tap0,iface=a/b");
	check_refused("rstack -- -c f", config, "is no name of an interface");
	strcpy(device, "net_tap0,iface=");
	check_refused("rstack -- -c f", config, "is no name of an interface");
}

static void
pci_devices_need_a_driver_of_dpdk(void **state)
{
	static const char path[] = "/sys/bus/pci/devices/0000:03:00.0/driver";
	struct rs_config *config = *state;

	config->ports[0].is_pci = true;
	strcpy(config->ports[0].device, "0000:03:00.0,a=b");
	check_refused("rstack -- -c f", config,
		"bind it to vfio-pci with dpdk-devbind.py -b vfio-pci 0000:03:00.0");
	make_directories(path);
	assert_int_equal(symlink("../../../bus/pci/drivers/ixgbe", at(path)), 0);
	check_refused("rstack -- -c f", config, "DPDK can use no such PCI device");
	assert_int_equal(unlink(at(path)), 0);
	assert_int_equal(symlink("../../../bus/pci/drivers/vfio-pci", at(path)), 0);
	check_taken("rstack -- -c f", config);
	/* the domain may be left out */
	strcpy(config->ports[0].device, "03:00.0");
	check_taken("rstack -- -c f", config);
}

/* Each fault is told, and a device that two ports share once. */
static void
all_faults_are_told(void **state)
{
	struct rs_config *config = *state;
	const char *text;
	unsigned int i;

	config->n_ports = 3;
	for (i = 0; i < config->n_ports; i++)
		config->ports[i].number = i;
	strcpy(config->ports[0].device, "net_foo0");
	strcpy(config->ports[1].device, "net_foo0");
	strcpy(config->ports[2].device, "net_bar0");
	strcpy(config->eal.lcores, "0-7");
	text = check("rstack -- -c f", config);
	assert_non_null(strstr(text, "CPU 2"));
	assert_non_null(strstr(text, "[port 0]"));
	assert_null(strstr(text, "[port 1]"));
	assert_non_null(strstr(text, "[port 2]"));
}

static void
memory_is_printed(void **state)
{
	const struct rs_config *config = *state;
	const struct rs_args args = { .program = "rstack" };
	char text[1024] = "";
	char expected[256];
	FILE *out = fmemopen(text, sizeof(text), "w");

	rs_machine_print(&args, config, out);
	fclose(out);
	snprintf(expected, sizeof(expected), "EAL's options: --lcores=0-1 --no-telemetry "
		"--log-level=warning --no-pci\nneeds about %u MiB of memory, in hugepages; "
		"1200 MiB are free\n", rs_eal_memory_mb(&args, config));
	assert_string_equal(text, expected);
}

#define machine_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		machine_test(cpus_of_the_lcores_must_be_there),
		machine_test(interface_of_the_kernel_must_be_possible),
		machine_test(lcores_are_those_that_eal_gets),
		machine_test(memory_is_read),
		machine_test(hugepages_of_a_killed_process_are_free),
		machine_test(machine_may_have_no_hugepages),
		machine_test(missing_hugepages_are_counted),
		machine_test(ordinary_memory_is_what_m_gives),
		machine_test(drivers_are_looked_up),
		machine_test(interfaces_are_looked_up),
		machine_test(pci_devices_need_a_driver_of_dpdk),
		machine_test(all_faults_are_told),
		machine_test(memory_is_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
