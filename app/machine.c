/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* What -t can know of the machine. */

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <mntent.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/string.h>
#include <rte_lcore.h>

#include "config/keys.h"
#include "eal.h"
#include "machine.h"

#define HUGEPAGES "/sys/kernel/mm/hugepages"
#define PCI_DEVICES "/sys/bus/pci/devices"

/* Read the number behind a name of a file like /proc/meminfo; 0: it is not there. */
static uint64_t
read_field(const char *path, const char *name)
{
	FILE *f = fopen(path, "re");
	char line[256];
	uint64_t value = 0;
	size_t n = strlen(name);

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, n) == 0)
			value = strtoull(line + n, NULL, 10);
	if (f != NULL)
		fclose(f);
	return value;
}

/* The kibibytes of free hugepages, of all sizes. */
static uint64_t
free_hugepages_kb(void)
{
	DIR *dir = opendir(HUGEPAGES);
	const struct dirent *entry;
	char path[PATH_MAX];
	uint64_t kb = 0;
	uint64_t size;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (sscanf(entry->d_name, "hugepages-%" SCNu64 "kB", &size) != 1)
			continue;
		snprintf(path, sizeof(path), HUGEPAGES "/%s/free_hugepages", entry->d_name);
		kb += size * read_field(path, "");
	}
	if (dir != NULL)
		closedir(dir);
	return kb;
}

/* The kibibytes of a file in hugetlbfs, if no process uses it: EAL removes it at its start. */
static uint64_t
unused_file_kb(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint64_t kb = 0;

	if (fd < 0)
		return 0;
	/* EAL holds a lock on each file that it uses */
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0)
		kb = (uint64_t)st.st_blocks / 2;
	close(fd);
	return kb;
}

/* The kibibytes of hugepages that processes left which were killed. */
static uint64_t
unused_hugepages_kb(void)
{
	FILE *f = fopen("/proc/mounts", "re");
	const struct mntent *mount;
	const struct dirent *entry;
	uint64_t kb = 0;

	while (f != NULL && (mount = getmntent(f)) != NULL) {
		DIR *dir = strcmp(mount->mnt_type, "hugetlbfs") == 0 ? opendir(mount->mnt_dir) :
			NULL;

		while (dir != NULL && (entry = readdir(dir)) != NULL)
			if (strstr(entry->d_name, "map_") != NULL)
				kb += unused_file_kb(dirfd(dir), entry->d_name);
		if (dir != NULL)
			closedir(dir);
	}
	if (f != NULL)
		fclose(f);
	return kb;
}

void
rs_machine_memory(bool no_huge, struct rs_machine_memory *memory)
{
	memory->page_kb = read_field("/proc/meminfo", "Hugepagesize:");
	memory->pages = read_field("/proc/meminfo", "HugePages_Total:");
	memory->free_mb = (no_huge ? read_field("/proc/meminfo", "MemAvailable:") :
		free_hugepages_kb() + unused_hugepages_kb()) / 1024;
}

const char *
rs_machine_lcores(const struct rs_args *args, const struct rs_config *config)
{
	const char *list = rs_args_eal_value(args, "lcores");
	int i;

	if (list != NULL)
		return list;
	for (i = 0; i < args->n_eal; i++) {
		if (strncmp(args->eal[i], "-l", 2) != 0)
			continue;
		if (args->eal[i][2] != '\0')
			return &args->eal[i][2];
		return i + 1 < args->n_eal ? args->eal[i + 1] : "";
	}
	if (rs_args_eal_has(args, "lcores", 'c') || rs_args_eal_has(args, "lcores", 's'))
		return NULL;
	return config->eal.lcores;
}

/* Whether the machine has a CPU, as EAL finds it. */
static bool
has_cpu(unsigned long cpu)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%lu/topology/core_id", cpu);
	return access(path, F_OK) == 0;
}

bool
rs_machine_lacks_cpu(const char *list, unsigned int *cpu)
{
	char *end;

	/* N, N-M or N@CPU; of EAL's other forms nothing is said */
	while (isdigit((unsigned char)*list)) {
		unsigned long first = strtoul(list, &end, 10);
		unsigned long last = first;

		if (*end == '-' || *end == '@') {
			bool at = *end == '@';

			last = strtoul(end + 1, &end, 10);
			if (at)
				first = last;
		}
		for (; first <= last && first < RTE_MAX_LCORE; first++) {
			*cpu = (unsigned int)first;
			if (!has_cpu(first))
				return true;
		}
		if (*end != ',')
			return false;
		list = end + 1;
	}
	return false;
}

static int
check_lcores(const struct rs_args *args, const struct rs_config *config, FILE *err)
{
	const char *list = rs_machine_lcores(args, config);
	unsigned int cpu;

	if (list == NULL)
		return 0;
	if (*list == '\0' || list[strspn(list, "0123456789,-@()")] != '\0') {
		fprintf(err, "%s: EAL cannot read the list of lcores %s; a list is like 0-3, or "
			"0@0,1@0 on one CPU\n", config->usage->name, list);
		return -1;
	}
	if (rs_lcores_count(list) == 1) {
		fprintf(err, "%s: there is no lcore for a worker beside the main lcore; set [eal] "
			"lcores to at least two, such as 0-1, or 0@0,1@0 on one CPU\n",
			config->usage->name);
		return -1;
	}
	if (!rs_machine_lacks_cpu(list, &cpu))
		return 0;
	fprintf(err, "%s: the lcores %s need CPU %u, which this machine, with %ld CPUs, does not "
		"have; two lcores on CPU 0 are written 0@0,1@0\n", config->usage->name, list, cpu,
		sysconf(_SC_NPROCESSORS_ONLN));
	return -1;
}

/* Whether the driver with a name of n characters is installed. */
static bool
has_driver(const char *name, size_t n)
{
	const struct dirent *entry;
	bool found = false;
	char file[128];
	DIR *dir;

	snprintf(file, sizeof(file), "librte_%.*s.so", (int)n, name);
	dir = opendir(RTE_EAL_PMD_PATH);
	if (dir == NULL)
		return true; /* a DPDK whose drivers are not plugins */
	while ((entry = readdir(dir)) != NULL)
		found |= strncmp(entry->d_name, file, strlen(file)) == 0;
	closedir(dir);
	return found;
}

/* Check that the driver of a virtual device is installed, by its name without the number. */
static int
check_driver(const struct rs_config_port *port, const char *program, FILE *err)
{
	size_t n = strcspn(port->device, ",");

	while (n > 0 && isdigit((unsigned char)port->device[n - 1]))
		n--;
	if (has_driver(port->device, n))
		return 0;
	fprintf(err, "%s: [port %u] device = %s: no driver %.*s is installed; Debian has a driver "
		"net_NAME in the package librte-net-NAME23\n", program, port->number, port->device,
		(int)n, port->device);
	return -1;
}

/* Check the argument iface of a virtual device. */
static int
check_interface(const struct rs_config_port *port, const char *program, FILE *err)
{
	const char *value = strstr(port->device, ",iface=");
	bool tap = strncmp(port->device, "net_tap", strlen("net_tap")) == 0;
	char name[128];
	bool exists;

	if (value == NULL)
		return 0;
	value += strlen(",iface=");
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(value, ","), value);
	if (*name == '\0' || strlen(name) >= IF_NAMESIZE || strpbrk(name, "/: ") != NULL) {
		fprintf(err, "%s: [port %u] device = %s: %s is no name of an interface, which has "
			"up to %d characters\n", program, port->number, port->device, name,
			IF_NAMESIZE - 1);
		return -1;
	}
	exists = if_nametoindex(name) != 0;
	if (exists != tap)
		return 0;
	if (tap)
		fprintf(err, "%s: [port %u] device = %s: the interface could not be created; check "
			"its arguments, and that no interface has its name (ip link)\n", program,
			port->number, port->device);
	else
		fprintf(err, "%s: [port %u] device = %s: there is no interface %s (ip link)\n",
			program, port->number, port->device, name);
	return -1;
}

/* Check that the interface of the kernel can be made. */
static int
check_kernel(const struct rs_config_port *port, const char *program, FILE *err)
{
	const char *wrong = NULL;

	if (port->kernel[0] == '\0')
		return 0;
	if (!has_driver("net_tap", strlen("net_tap")))
		wrong = "its driver net_tap is not installed; Debian has it in the package "
			"librte-net-tap23";
	else if (if_nametoindex(port->kernel) != 0)
		wrong = "an interface has this name already (ip link); choose another one";
	if (wrong == NULL)
		return 0;
	fprintf(err, "%s: [port %u] kernel = %s: %s\n", program, port->number, port->kernel,
		wrong);
	return -1;
}

/* Check that a PCI device is there, and that its driver is one that DPDK can use. */
static int
check_pci(const struct rs_config_port *port, const char *program, FILE *err)
{
	static const char *const drivers[] = {
		"vfio-pci", "uio_pci_generic", "igb_uio", "mlx4_core", "mlx5_core",
	};
	size_t len = strcspn(port->device, ",");
	char path[PATH_MAX], target[PATH_MAX];
	const char *driver;
	unsigned int i;
	ssize_t n;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s%.*s/driver", len < 12 ? "0000:" : "",
		(int)len, port->device);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	driver = strrchr(target, '/');
	for (i = 0; i < RTE_DIM(drivers); i++)
		if (driver != NULL && strcmp(driver + 1, drivers[i]) == 0)
			return 0;
	fprintf(err, "%s: [port %u] device = %s: DPDK can use no such PCI device; bind it to "
		"vfio-pci with dpdk-devbind.py -b vfio-pci %.*s\n", program, port->number,
		port->device, (int)len, port->device);
	return -1;
}

static int
check_devices(const struct rs_args *args, const struct rs_config *config, FILE *err)
{
	const char *program = config->usage->name;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < config->n_ports; i++) {
		const struct rs_config_port *port = &config->ports[i];

		if (!rs_args_eal_has(args, "driver", 'd'))
			ret |= check_kernel(port, program, err);
		if (rs_config_device_first(config, i) != i)
			continue;
		if (port->is_pci) {
			ret |= check_pci(port, program, err);
			continue;
		}
		/* the command line may bring a driver, or make the device itself */
		if (rs_args_eal_has(args, "vdev", 0) || rs_args_eal_has(args, "driver", 'd'))
			continue;
		if (check_driver(port, program, err) != 0 ||
		    check_interface(port, program, err) != 0)
			ret = -1;
	}
	return ret;
}

/* Check the memory as a start does; hugepages must be free. */
static int
check_memory(const struct rs_args *args, const struct rs_config *config)
{
	uint32_t need = RTE_MAX(rs_eal_memory_mb(args, config), rs_eal_given_mb(args, config));
	struct rs_machine_memory memory;

	if (rs_eal_no_huge(args, config))
		return rs_eal_check_memory(args, config);
	rs_machine_memory(false, &memory);
	if (need <= memory.free_mb)
		return 0;
	rs_eal_say_memory(args, config);
	return -1;
}

int
rs_machine_check(const struct rs_args *args, const struct rs_config *config, FILE *err)
{
	int ret = check_lcores(args, config, err);

	ret |= check_devices(args, config, err);
	if (ret == 0)
		ret = check_memory(args, config);
	return ret;
}

void
rs_machine_print(const struct rs_args *args, const struct rs_config *config, FILE *out)
{
	struct rs_eal_args *list = malloc(sizeof(*list));
	bool no_huge = rs_eal_no_huge(args, config);
	struct rs_machine_memory memory;
	int i;

	if (list == NULL)
		return;
	rs_eal_args_build(args, config, list);
	fprintf(out, "EAL's options:");
	for (i = 1; i < list->argc; i++)
		fprintf(out, " %s", list->argv[i]);
	rs_machine_memory(no_huge, &memory);
	fprintf(out, "\nneeds about %u MiB of memory, %s; %" PRIu64 " MiB are free\n",
		rs_eal_memory_mb(args, config),
		no_huge ? "without hugepages" : "in hugepages", memory.free_mb);
	free(list);
}
