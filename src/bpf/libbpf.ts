/**
 * The C functions that lbscope calls, declared once. Nothing outside src/bpf/ calls them.
 *
 * Buffers are passed in place and koffi checks no bounds: every wrapper here or beside makes sure of the sizes. libbpf
 * 1.x returns -errno; the libc calls set errno, see kernel-error.ts.
 */
import koffi, { type KoffiFunc } from "koffi";

/** A pointer to something that C owns. */
export type Pointer = unknown;

koffi.struct("bpf_object_open_opts_prefix", { sz: "size_t", object_name: "const char *" });
koffi.struct("bpf_tc_hook", { sz: "size_t", ifindex: "int", attach_point: "int", parent: "uint32_t" });
koffi.struct("bpf_tc_opts", {
	sz: "size_t",
	prog_fd: "int",
	flags: "uint32_t",
	prog_id: "uint32_t",
	handle: "uint32_t",
	priority: "uint32_t",
	_reserved: "size_t",
});
koffi.struct("bpf_link_create_opts_prefix", { sz: "size_t", flags: "uint32_t", _reserved: "uint32_t" });
koffi.struct("bpf_obj_get_opts_prefix", { sz: "size_t", file_flags: "uint32_t", _reserved: "uint32_t" });
koffi.struct("bpf_test_run_opts", {
	sz: "size_t",
	data_in: "const uint8_t *",
	data_out: "uint8_t *",
	data_size_in: "uint32_t",
	data_size_out: "uint32_t",
	ctx_in: "const uint8_t *",
	ctx_out: "uint8_t *",
	ctx_size_in: "uint32_t",
	ctx_size_out: "uint32_t",
	retval: "uint32_t",
	repeat: "int",
	duration: "uint32_t",
	flags: "uint32_t",
	cpu: "uint32_t",
	batch_size: "uint32_t",
});
koffi.struct("ifreq_data", {
	name: koffi.array("char", 16, "String"),
	data: "uint8_t *",
	_rest: "uint64_t [2]",
});
koffi.proto("int libbpf_print(int level, const char *format, void *arguments)");

const LIBBPF_FUNCTIONS = {
	libbpf_version_string: "const char *libbpf_version_string()",
	libbpf_num_possible_cpus: "int libbpf_num_possible_cpus()",
	libbpf_set_print: "void *libbpf_set_print(libbpf_print *callback)",
	bpf_object__open_file:
		"void *bpf_object__open_file(const char *path, const bpf_object_open_opts_prefix *opts)",
	bpf_object__load: "int bpf_object__load(void *object)",
	bpf_object__close: "void bpf_object__close(void *object)",
	bpf_object__btf: "void *bpf_object__btf(void *object)",
	btf__raw_data: "const void *btf__raw_data(void *btf, _Out_ uint32_t *size)",
	bpf_object__next_map: "void *bpf_object__next_map(void *object, void *previous)",
	bpf_object__find_program_by_name: "void *bpf_object__find_program_by_name(void *object, const char *name)",
	bpf_object__next_program: "void *bpf_object__next_program(void *object, void *previous)",
	bpf_program__name: "const char *bpf_program__name(void *program)",
	bpf_program__fd: "int bpf_program__fd(void *program)",
	bpf_program__set_log_buf: "int bpf_program__set_log_buf(void *program, uint8_t *buffer, size_t size)",
	bpf_map__name: "const char *bpf_map__name(void *map)",
	bpf_map__fd: "int bpf_map__fd(void *map)",
	bpf_map__type: "int bpf_map__type(void *map)",
	bpf_map__key_size: "uint32_t bpf_map__key_size(void *map)",
	bpf_map__value_size: "uint32_t bpf_map__value_size(void *map)",
	bpf_map__max_entries: "uint32_t bpf_map__max_entries(void *map)",
	bpf_map__map_flags: "uint32_t bpf_map__map_flags(void *map)",
	bpf_map__set_max_entries: "int bpf_map__set_max_entries(void *map, uint32_t entries)",
	bpf_map__set_initial_value: "int bpf_map__set_initial_value(void *map, const uint8_t *bytes, size_t size)",
	bpf_map__reuse_fd: "int bpf_map__reuse_fd(void *map, int fd)",
	bpf_map_lookup_elem: "int bpf_map_lookup_elem(int fd, const uint8_t *key, uint8_t *value)",
	bpf_map_update_elem:
		"int bpf_map_update_elem(int fd, const uint8_t *key, const uint8_t *value, uint64_t flags)",
	bpf_map_delete_elem: "int bpf_map_delete_elem(int fd, const uint8_t *key)",
	bpf_map_lookup_batch:
		"int bpf_map_lookup_batch(int fd, uint8_t *in_batch, uint8_t *out_batch, uint8_t *keys, uint8_t *values, _Inout_ uint32_t *count, const void *opts)",
	bpf_map_update_batch:
		"int bpf_map_update_batch(int fd, const uint8_t *keys, const uint8_t *values, _Inout_ uint32_t *count, const void *opts)",
	bpf_map_delete_batch:
		"int bpf_map_delete_batch(int fd, const uint8_t *keys, _Inout_ uint32_t *count, const void *opts)",
	bpf_prog_test_run_opts: "int bpf_prog_test_run_opts(int fd, _Inout_ bpf_test_run_opts *opts)",
	bpf_prog_test_run_raw: "int bpf_prog_test_run_opts(int fd, uint8_t *opts)",
	bpf_obj_get_info_by_fd: "int bpf_obj_get_info_by_fd(int fd, uint8_t *buffer, uint32_t *size)",
	bpf_link_create:
		"int bpf_link_create(int program_fd, int ifindex, int attach_type, const bpf_link_create_opts_prefix *opts)",
	bpf_raw_tracepoint_open: "int bpf_raw_tracepoint_open(const char *name, int program_fd)",
	bpf_link_update: "int bpf_link_update(int fd, int program_fd, const void *opts)",
	bpf_link_detach: "int bpf_link_detach(int fd)",
	bpf_prog_get_fd_by_id: "int bpf_prog_get_fd_by_id(uint32_t id)",
	bpf_prog_query:
		"int bpf_prog_query(int ifindex, int type, uint32_t flags, void *attach_flags, uint8_t *ids, _Inout_ uint32_t *count)",
	bpf_obj_pin: "int bpf_obj_pin(int fd, const char *path)",
	bpf_obj_get: "int bpf_obj_get(const char *path)",
	bpf_obj_get_opts: "int bpf_obj_get_opts(const char *path, const bpf_obj_get_opts_prefix *opts)",
	bpf_map_get_next_id: "int bpf_map_get_next_id(uint32_t start, _Out_ uint32_t *next)",
	bpf_map_get_fd_by_id: "int bpf_map_get_fd_by_id(uint32_t id)",
	btf__load_from_kernel_by_id: "void *btf__load_from_kernel_by_id(uint32_t id)",
	btf__free: "void btf__free(void *btf)",
	bpf_enable_stats: "int bpf_enable_stats(int type)",
	bpf_tc_hook_create: "int bpf_tc_hook_create(_Inout_ bpf_tc_hook *hook)",
	bpf_tc_attach: "int bpf_tc_attach(const bpf_tc_hook *hook, _Inout_ bpf_tc_opts *opts)",
	bpf_tc_detach: "int bpf_tc_detach(const bpf_tc_hook *hook, const bpf_tc_opts *opts)",
	bpf_tc_hook_destroy: "int bpf_tc_hook_destroy(_Inout_ bpf_tc_hook *hook)",
} as const;

const LIBC_FUNCTIONS = {
	close: "int close(int fd)",
	flock: "int flock(int fd, int operation)",
	setns: "int setns(int fd, int type)",
	socket: "int socket(int family, int type, int protocol)",
	bind: "int bind(int fd, const uint8_t *address, uint32_t size)",
	connect: "int connect(int fd, const uint8_t *address, uint32_t size)",
	getsockopt: "int getsockopt(int fd, int level, int name, uint8_t *value, _Inout_ uint32_t *size)",
	setsockopt: "int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t size)",
	poll: "int poll(uint8_t *fds, unsigned long count, int timeout)",
	send: "long send(int fd, const uint8_t *buffer, size_t size, int flags)",
	recv: "long recv(int fd, uint8_t *buffer, size_t size, int flags)",
	sched_getcpu: "int sched_getcpu()",
	sched_getaffinity: "int sched_getaffinity(int pid, size_t size, uint8_t *mask)",
	sched_setaffinity: "int sched_setaffinity(int pid, size_t size, const uint8_t *mask)",
	mallopt: "int mallopt(int parameter, int value)",
	mmap: "void *mmap(void *address, size_t length, int protection, int flags, int fd, long offset)",
	munmap: "int munmap(void *address, size_t length)",
	vsnprintf: "int vsnprintf(uint8_t *buffer, size_t size, const char *format, void *arguments)",
	ioctl: "int ioctl(int fd, unsigned long request, _Inout_ ifreq_data *argument)",
	adjtimex: "int adjtimex(uint8_t *state)",
	capset: "int capset(const uint8_t *header, const uint8_t *sets)",
	prctl: "int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)",
	fcntl: "int fcntl(int fd, int command, long argument)",
	execve: "int execve(const char *path, const char **arguments, const char **environment)",
	syscall: "long syscall(long number, long a, long b, long c)",
} as const;

// biome-ignore lint/suspicious/noExplicitAny: C functions, typed by their declarations above
type CFunction = KoffiFunc<(...values: any[]) => any>;

type Library<T> = { readonly [Name in keyof T]: CFunction };

let libbpf: Library<typeof LIBBPF_FUNCTIONS> | undefined;
let libc: Library<typeof LIBC_FUNCTIONS> | undefined;

/** @throws when the library is not installed or is older than 1.0 */
export function getLibbpf(): Library<typeof LIBBPF_FUNCTIONS> {
	libbpf ??= declare(
		"libbpf.so.1",
		LIBBPF_FUNCTIONS,
		"libbpf 1.0 or newer (Debian and Ubuntu: libbpf1; Fedora: libbpf)",
	);
	return libbpf;
}

export function getLibc(): Library<typeof LIBC_FUNCTIONS> {
	libc ??= declare("libc.so.6", LIBC_FUNCTIONS, "the GNU C library");
	return libc;
}

function declare<T extends Record<string, string>>(file: string, functions: T, what: string): Library<T> {
	try {
		const library = koffi.load(file);
		const declared = Object.entries(functions).map(([name, text]) => [name, library.func(text)]);
		return Object.fromEntries(declared);
	} catch (error) {
		throw new Error(`Cannot load ${file}: ${(error as Error).message}, expected ${what}`);
	}
}
