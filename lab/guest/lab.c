/*
 * The program that runs beside KVM inside the emulated machine. It reads a script, a command a line, makes a VM for
 * each guest of it, and says on standard output what the kernel answered: verdicts of register writes, and what the
 * kernel's tracer saw of EPT entries. Lines that it means for the driver begin with '@'.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#define TRACING "/sys/kernel/tracing/"
#define PAGE 4096ull
#define LARGE (2ull << 20)
#define SYSTEM_PAGES 3
#define MOST_VCPUS 64
#define MOST_SLOTS 64
#ifndef KVM_CAP_DISABLE_QUIRKS2
#define KVM_CAP_DISABLE_QUIRKS2 213
#endif

/* Where the guest's code stands in the third of its system pages; the first two are its page tables. */
enum { HALT = 0, STORE = 0x10, LOAD = 0x30, WRITE_MSR = 0x50, WRITE_CR0 = 0x60 };

struct slot {
	int used;
	uint64_t gpa, size, offset;
	char kind[8];
	uint32_t flags;
};

struct vcpu {
	int fd;
	struct kvm_run *run;
	uint64_t cr0;
	/* It has just been stepped: Bochs keeps the trap for its next entry, where the guest cannot take it. */
	int trapped;
};

static int kvm, vm = -1, marker = -1, ncdma = -1, devmem = -1, large_mmio = -1;
static size_t run_size;
static struct kvm_cpuid2 *cpuid;
static struct vcpu vcpus[MOST_VCPUS];
static int vcpu_count;
static struct slot slots[MOST_SLOTS];
static uint8_t *pool, *small_pool, *system_pages;
static uint64_t pool_size, small_size, system_base;
static long step;

static void flush(void)
{
	fflush(stdout);
}

static void complain(const char *format, ...)
{
	va_list list;
	va_start(list, format);
	printf("@error %ld ", step);
	vprintf(format, list);
	printf(" (%s)\n", strerror(errno));
	va_end(list);
	flush();
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);
	if (fd < 0)
		return -1;
	ssize_t done = write(fd, text, strlen(text));
	close(fd);
	return done < 0 ? -1 : 0;
}

static uint8_t *reserve(uint64_t size, int advice)
{
	uint8_t *at = mmap(0, size + LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED) {
		complain("no memory");
		exit(1);
	}
	at = (uint8_t *)(((uintptr_t)at + LARGE - 1) & ~(LARGE - 1));
	madvise(at, size, advice);
	for (uint64_t k = 0; k < size; k += advice == MADV_HUGEPAGE ? LARGE : PAGE)
		at[k] = 1;
	return at;
}

static long huge_kilobytes(void)
{
	char line[256];
	long size = -1;
	FILE *file = fopen("/proc/meminfo", "r");
	while (file && fgets(line, sizeof line, file))
		sscanf(line, "AnonHugePages: %ld", &size);
	if (file)
		fclose(file);
	return size;
}

static void write_system_pages(void)
{
	static const uint8_t store[] = { 0x88, 0x07, 0x48, 0x81, 0xc7, 0, 0x10, 0, 0, 0x48, 0xff, 0xc9, 0x75, 0xf2, 0xf4 };
	uint64_t *pml4 = (uint64_t *)system_pages, *pdpt = (uint64_t *)(system_pages + PAGE);
	uint8_t *code = system_pages + 2 * PAGE;
	memset(system_pages, 0, SYSTEM_PAGES * PAGE);
	pml4[0] = (system_base + PAGE) | 3;
	for (uint64_t k = 0; k < 512; k++)
		pdpt[k] = k << 30 | 0x83;
	memset(code, 0xf4, PAGE);
	memcpy(code + STORE, store, sizeof store);
	memcpy(code + LOAD, store, sizeof store);
	code[LOAD] = 0x8a;
	memcpy(code + WRITE_MSR, "\x0f\x30", 2);
	memcpy(code + WRITE_CR0, "\x0f\x22\xc0", 3);
}

/* Congruent to the frames within 2M, so that large pages fit. */
static void *map_large_mmio(const struct slot *slot)
{
	if (large_mmio < 0)
		large_mmio = open("/proc/large-mmio", O_RDWR);
	uint8_t *room = mmap(0, slot->size + 2 * LARGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (room == MAP_FAILED)
		return room;
	uintptr_t at = ((uintptr_t)room + LARGE - 1) & ~(LARGE - 1);
	at += slot->offset & (LARGE - 1);
	void *mapped = mmap((void *)at, slot->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, large_mmio, slot->offset);
	if (mapped != MAP_FAILED)
		madvise(mapped, slot->size, MADV_HUGEPAGE);
	return mapped;
}

static int is_mmio(const struct slot *slot)
{
	return !strncmp(slot->kind, "mmio", 4);
}

static uint64_t address_of(const struct slot *slot)
{
	if (!strcmp(slot->kind, "sys"))
		return (uintptr_t)system_pages;
	if (is_mmio(slot)) {
		if (devmem < 0)
			devmem = open("/dev/mem", O_RDWR | O_SYNC);
		void *at = !strcmp(slot->kind, "mmio2m")
				   ? map_large_mmio(slot)
				   : mmap(0, slot->size, PROT_READ | PROT_WRITE, MAP_SHARED, devmem, slot->offset);
		if (at == MAP_FAILED)
			complain("mmap of host MMIO at %llx", (unsigned long long)slot->offset);
		return (uintptr_t)at;
	}
	if (slot->kind[0] == 's')
		return (uintptr_t)small_pool + slot->offset;
	return (uintptr_t)pool + slot->offset;
}

static uint64_t addresses[MOST_SLOTS];

static int set_slot(int id, uint64_t size)
{
	struct slot *slot = &slots[id];
	struct kvm_userspace_memory_region region = {
		.slot = id, .flags = slot->flags, .guest_phys_addr = slot->gpa,
		.memory_size = size, .userspace_addr = addresses[id],
	};
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) == 0)
		return 0;
	complain("slot %llx", (unsigned long long)slot->gpa);
	return -1;
}

static void add_slot(uint64_t gpa, uint64_t size, const char *kind, uint64_t offset)
{
	int id = 0;
	while (id < MOST_SLOTS && slots[id].used)
		id++;
	if (id == MOST_SLOTS) {
		complain("too many slots");
		return;
	}
	struct slot *slot = &slots[id];
	memset(slot, 0, sizeof *slot);
	slot->used = 1;
	slot->gpa = gpa;
	slot->size = size;
	slot->offset = offset;
	snprintf(slot->kind, sizeof slot->kind, "%s", kind);
	if (strstr(kind, "ro"))
		slot->flags = KVM_MEM_READONLY;
	addresses[id] = address_of(slot);
	set_slot(id, size);
}

static int slot_at(uint64_t gpa)
{
	for (int id = 0; id < MOST_SLOTS; id++)
		if (slots[id].used && slots[id].gpa == gpa)
			return id;
	complain("no slot at %llx", (unsigned long long)gpa);
	return -1;
}

static void remove_slot(uint64_t gpa)
{
	int id = slot_at(gpa);
	if (id < 0)
		return;
	set_slot(id, 0);
	if (is_mmio(&slots[id]))
		munmap((void *)addresses[id], slots[id].size);
	slots[id].used = 0;
}

static void add_vcpu(void)
{
	struct vcpu *vcpu = &vcpus[vcpu_count];
	struct kvm_sregs sregs;
	if (vcpu_count == MOST_VCPUS || (vcpu->fd = ioctl(vm, KVM_CREATE_VCPU, vcpu_count)) < 0) {
		complain("vCPU %d", vcpu_count);
		return;
	}
	vcpu->run = mmap(0, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (ioctl(vcpu->fd, KVM_SET_CPUID2, cpuid) || ioctl(vcpu->fd, KVM_GET_SREGS, &sregs))
		complain("CPUID of vCPU %d", vcpu_count);
	struct kvm_segment code = { .limit = -1u, .selector = 8, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1 };
	struct kvm_segment data = { .limit = -1u, .selector = 16, .type = 3, .present = 1, .s = 1, .db = 1, .g = 1 };
	sregs.cs = code;
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	/* No IDT at all: a fault ends in a shutdown without reading memory. */
	sregs.idt.base = sregs.idt.limit = 0;
	sregs.gdt.base = sregs.gdt.limit = 0;
	sregs.cr3 = system_base;
	sregs.cr4 = 0x20;
	vcpu->trapped = 0;
	sregs.cr0 = vcpu->cr0 = 0x80010033;
	sregs.efer = 0xd00;
	if (ioctl(vcpu->fd, KVM_SET_SREGS, &sregs))
		complain("registers of vCPU %d", vcpu_count);
	vcpu_count++;
}

static int msr_by_vmm(int v, uint32_t msr, uint64_t value)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} list = { .head.nmsrs = 1, .entry = { .index = msr, .data = value } };
	return ioctl(vcpus[v].fd, KVM_SET_MSRS, &list) == 1;
}

static void cr0_by_vmm(int v, uint64_t cr0)
{
	struct kvm_sregs sregs;
	ioctl(vcpus[v].fd, KVM_GET_SREGS, &sregs);
	sregs.cr0 = cr0;
	if (ioctl(vcpus[v].fd, KVM_SET_SREGS, &sregs))
		complain("CR0 of vCPU %d", v);
	vcpus[v].cr0 = cr0;
}

static void step_singly(int v, int on)
{
	struct kvm_guest_debug debug = { .control = on ? KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP : 0 };
	if (ioctl(vcpus[v].fd, KVM_SET_GUEST_DEBUG, &debug))
		complain("single steps of vCPU %d", v);
}

/* After a shutdown a vCPU goes on only without what led there. */
static void clear_events(int v)
{
	struct kvm_vcpu_events events;
	memset(&events, 0, sizeof events);
	if (ioctl(vcpus[v].fd, KVM_SET_VCPU_EVENTS, &events))
		complain("events of vCPU %d", v);
}

/* Runs a vCPU from an entry of its code until it halts, or has done one instruction; the exit that ended it. */
static int run(int v, int entry, struct kvm_regs regs, int singly)
{
	struct vcpu *vcpu = &vcpus[v];
	regs.rip = system_base + 2 * PAGE + entry;
	regs.rflags = 2;
	if (ioctl(vcpu->fd, KVM_SET_REGS, &regs))
		complain("registers of vCPU %d", v);
	/* It is the address at this moment whose instruction is stepped over. */
	if (singly)
		step_singly(v, 1);
	for (;;) {
		if (ioctl(vcpu->fd, KVM_RUN, 0) < 0) {
			if (errno == EINTR || errno == EAGAIN)
				continue;
			complain("KVM_RUN of vCPU %d", v);
			return -1;
		}
		int reason = vcpu->run->exit_reason;
		if (reason == KVM_EXIT_SHUTDOWN && vcpu->trapped && !singly) {
			vcpu->trapped = 0;
			clear_events(v);
			ioctl(vcpu->fd, KVM_SET_REGS, &regs);
			continue;
		}
		if (reason != KVM_EXIT_MMIO) {
			vcpu->trapped = singly && reason == KVM_EXIT_DEBUG;
			return reason;
		}
		/* No slot, or a write to a read-only one: reads give 0. */
		if (!vcpu->run->mmio.is_write)
			memset(vcpu->run->mmio.data, 0, sizeof vcpu->run->mmio.data);
	}
}

/* One instruction of the guest, without the fetch of the next: entries that it zaps stay away. */
static int run_one(int v, int entry, struct kvm_regs regs)
{
	int reason = run(v, entry, regs, 1);
	step_singly(v, 0);
	if (reason == KVM_EXIT_SHUTDOWN) {
		clear_events(v);
		return 0;
	}
	if (reason != KVM_EXIT_DEBUG)
		complain("vCPU %d left with %d", v, reason);
	return 1;
}

static int needs_vcpu(int v)
{
	if (v >= 0 && v < vcpu_count)
		return 1;
	errno = 0;
	complain("no vCPU %d", v);
	return 0;
}

/* Accesses outside of all slots leave for here, one by one, and install nothing: so many are enough. */
#define MOST_OUTSIDE 16

/* Pages from an address on that lie in one slot, or in none, at most so many. */
static uint64_t alike(uint64_t gpa, uint64_t pages, int *outside)
{
	uint64_t end = gpa + pages * PAGE;
	*outside = 1;
	for (int id = 0; id < MOST_SLOTS; id++) {
		struct slot *slot = &slots[id];
		if (!slot->used)
			continue;
		if (slot->gpa <= gpa && gpa < slot->gpa + slot->size) {
			*outside = 0;
			return (end < slot->gpa + slot->size ? end : slot->gpa + slot->size) / PAGE - gpa / PAGE;
		}
		if (slot->gpa > gpa && slot->gpa < end)
			end = slot->gpa;
	}
	return end / PAGE - gpa / PAGE;
}

static void touch_alike(int v, uint64_t gpa, uint64_t pages, char access)
{
	struct kvm_regs regs = { .rdi = gpa, .rcx = pages };
	int reason = run(v, access == 'w' ? STORE : LOAD, regs, 0);
	if (reason != KVM_EXIT_HLT)
		complain("vCPU %d left with %d, %llx", v, reason, (unsigned long long)vcpus[v].run->internal.suberror);
}

static void touch(int v, uint64_t gpa, uint64_t pages, char access)
{
	while (pages > 0) {
		int outside;
		uint64_t count = alike(gpa, pages, &outside);
		touch_alike(v, gpa, outside && count > MOST_OUTSIDE ? MOST_OUTSIDE : count, access);
		gpa += count * PAGE;
		pages -= count;
	}
}

static void dma(int on)
{
	char text[32];
	if (ncdma < 0)
		ncdma = open("/proc/ncdma", O_WRONLY);
	int length = snprintf(text, sizeof text, "%c%d\n", on ? '+' : '-', vm);
	if (ncdma < 0 || write(ncdma, text, length) < 0)
		complain("non-coherent DMA");
}

static void disable_quirks(uint64_t mask)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_DISABLE_QUIRKS2, .args = { mask } };
	if (ioctl(vm, KVM_ENABLE_CAP, &cap))
		printf("@refused %ld quirks\n", step);
}

static void mark(long number)
{
	char text[64];
	int length = snprintf(text, sizeof text, "eptsweep step %ld\n", number);
	if (write(marker, text, length) < 0)
		complain("trace_marker");
}

/* What comes behind "step N". */
static void do_step(const char *line)
{
	char kind[16], by[16], what[16];
	int v, used = 0;
	unsigned long long a, b, c;
	if (sscanf(line, "%15s%n", kind, &used) != 1)
		return;
	const char *rest = line + used;
	if (!strcmp(kind, "wrmsr") && sscanf(rest, "%d %llx %llx %15s", &v, &a, &b, by) == 4 && needs_vcpu(v)) {
		struct kvm_regs regs = { .rcx = a, .rax = b & 0xffffffff, .rdx = b >> 32 };
		int done = by[0] == 'g' ? run_one(v, WRITE_MSR, regs) : msr_by_vmm(v, a, b);
		printf("@v %ld %s\n", step, done ? "ok" : "gp");
	} else if (!strcmp(kind, "touch") && sscanf(rest, "%d %llx %llx %15s", &v, &a, &b, by) == 4 && needs_vcpu(v))
		touch(v, a, b, by[0]);
	else if (!strcmp(kind, "cr0") && sscanf(rest, "%d %llx %15s", &v, &a, by) == 3 && needs_vcpu(v)) {
		uint64_t cr0 = (vcpus[v].cr0 & ~(1ull << 30)) | a << 30;
		struct kvm_regs regs = { .rax = cr0 };
		if (by[0] == 'v')
			cr0_by_vmm(v, cr0);
		else if (run_one(v, WRITE_CR0, regs))
			vcpus[v].cr0 = cr0;
	} else if (!strcmp(kind, "dma") && sscanf(rest, "%d", &v) == 1)
		dma(v);
	else if (!strcmp(kind, "slotadd") && sscanf(rest, "%llx %llx %15s %llx", &a, &b, what, &c) == 4)
		add_slot(a, b, what, c);
	else if (!strcmp(kind, "slotdel") && sscanf(rest, "%llx", &a) == 1)
		remove_slot(a);
	else if (!strcmp(kind, "slotmove") && sscanf(rest, "%llx %llx", &a, &b) == 2) {
		int id = slot_at(a);
		if (id >= 0) {
			slots[id].gpa = b;
			set_slot(id, slots[id].size);
		}
	} else if (!strcmp(kind, "dirty") && sscanf(rest, "%llx %d", &a, &v) == 2) {
		int id = slot_at(a);
		if (id >= 0) {
			slots[id].flags = (slots[id].flags & ~KVM_MEM_LOG_DIRTY_PAGES) | (v ? KVM_MEM_LOG_DIRTY_PAGES : 0);
			set_slot(id, slots[id].size);
		}
	} else if (!strcmp(kind, "quirks") && sscanf(rest, "%llx", &a) == 1)
		disable_quirks(a);
	else if (strcmp(kind, "nothing"))
		complain("not understood: %s", line);
}

static void begin(const char *id, uint64_t base, unsigned address_bits)
{
	printf("@guest %s\n", id);
	system_base = base;
	for (unsigned k = 0; k < cpuid->nent; k++)
		if (cpuid->entries[k].function == 0x80000008)
			cpuid->entries[k].eax = (cpuid->entries[k].eax & ~0xffu) | address_bits;
	step = 0;
	vcpu_count = 0;
	memset(slots, 0, sizeof slots);
	/* Opening it so empties it. */
	close(open(TRACING "trace", O_WRONLY | O_TRUNC));
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0)
		complain("KVM_CREATE_VM");
	write_system_pages();
	add_slot(system_base, SYSTEM_PAGES * PAGE, "sys", 0);
}

/* Changes of neighbouring entries that are alike, the old, the new or both frames moving along: the serial port is the slowest part of it all. */
static struct {
	unsigned long long gfn, old, now, count;
	int level, space;
	char moves;
} pending;

static void report_pending(void)
{
	const char *space = pending.space ? " smm" : "";
	if (pending.count == 1)
		printf("@s %llx %d %llx %llx%s\n", pending.gfn, pending.level, pending.old, pending.now, space);
	else if (pending.count > 1)
		printf("@r %llx %d %llx %llx %llu %c%s\n", pending.gfn, pending.level, pending.old, pending.now,
		       pending.count, pending.moves, space);
	pending.count = 0;
}

static void report_change(int space, unsigned long long gfn, int level, unsigned long long old, unsigned long long now)
{
	unsigned long long frames = 1ull << 9 * (level - 1), ahead = frames * pending.count;
	int follows = pending.count && level == pending.level && space == pending.space && gfn == pending.gfn + ahead;
	int old_moves = old == pending.old + (ahead << 12), now_moves = now == pending.now + (ahead << 12);
	char moves = now == pending.now && old_moves ? 'o'
		     : old == pending.old && now_moves ? 'n'
		     : old_moves && now_moves	       ? 'b'
						       : 0;
	if (follows && moves && (pending.count == 1 || moves == pending.moves)) {
		pending.moves = moves;
		pending.count++;
		return;
	}
	report_pending();
	pending.gfn = gfn;
	pending.level = level;
	pending.old = old;
	pending.now = now;
	pending.space = space;
	pending.count = 1;
}

/* An event of the trace in a few letters; the driver knows the long form. */
static void report_line(char *line)
{
	unsigned long long gfn, old, now;
	int level, error;
	char *at;
	if ((at = strstr(line, "kvm_tdp_mmu_spte_changed: "))) {
		int space;
		if (sscanf(at + 26, "as id %d gfn %llx level %d old_spte %llx new_spte %llx", &space, &gfn, &level, &old, &now) != 5)
			printf("@t %s", at);
		/* Before 6.12 a table that goes shows all of its 512 children, those too that were never there. */
		else if ((old & ~(1ull << 63)) != 0 || (now & ~(1ull << 63)) != 0x5a0)
			report_change(space, gfn, level, old, now);
		return;
	}
	report_pending();
	if ((at = strstr(line, "tracing_mark_write: eptsweep step ")))
		printf("@m %s", at + 34);
	else if ((at = strstr(line, "kvm_mmu_split_huge_page: "))) {
		if (sscanf(at + 25, "gfn %llx spte %llx level %d errno %d", &gfn, &old, &level, &error) == 4)
			printf("@p %llx %d %llx %d\n", gfn, level, old, error);
		else
			printf("@t %s", at);
	}
}

static void end(const char *id)
{
	static char line[4096];
	unsigned long kept = 0, written = 0;
	FILE *trace = fopen(TRACING "trace", "r");
	if (!trace)
		complain("trace");
	while (trace && fgets(line, sizeof line, trace))
		if (line[0] == '#')
			sscanf(line, "# entries-in-buffer/entries-written: %lu/%lu", &kept, &written);
		else
			report_line(line);
	report_pending();
	if (trace)
		fclose(trace);
	if (kept != written)
		printf("@overflow %lu %lu\n", kept, written);
	printf("@end %s\n", id);
	flush();
	for (int v = 0; v < vcpu_count; v++) {
		munmap(vcpus[v].run, run_size);
		close(vcpus[v].fd);
	}
	for (int id = 0; id < MOST_SLOTS; id++)
		if (slots[id].used && is_mmio(&slots[id]))
			munmap((void *)addresses[id], slots[id].size);
	close(vm);
	vm = -1;
}

static void obey(char *line)
{
	char name[64], value[64], path[160];
	unsigned long long a, b, c;
	int v, used = 0;
	line[strcspn(line, "\n")] = 0;
	if (sscanf(line, "step %ld %n", &step, &used) == 1 && used) {
		mark(step);
		do_step(line + used);
	} else if (sscanf(line, "guest %63s %llx %d", name, &a, &v) == 3)
		begin(name, a, v);
	else if (sscanf(line, "end %63s", name) == 1)
		end(name);
	else if (sscanf(line, "pool %llx %llx", &a, &b) == 2) {
		pool_size = a;
		small_size = b;
		pool = reserve(pool_size, MADV_HUGEPAGE);
		small_pool = reserve(small_size, MADV_NOHUGEPAGE);
		system_pages = reserve(SYSTEM_PAGES * PAGE, MADV_NOHUGEPAGE);
		printf("@pool %llu %ld\n", a >> 10, huge_kilobytes());
		flush();
	} else if (sscanf(line, "param %63s %63s", name, value) == 2) {
		snprintf(path, sizeof path, "/sys/module/kvm/parameters/%s", name);
		if (write_text(path, value))
			printf("@absent %s\n", name);
	} else if (sscanf(line, "vcpus %d", &v) == 1)
		while (vcpu_count < v)
			add_vcpu();
	else if (sscanf(line, "quirks %llx", &a) == 1)
		disable_quirks(a);
	else if (sscanf(line, "slot %llx %llx %63s %llx", &a, &b, name, &c) == 4)
		add_slot(a, b, name, c);
	else if (sscanf(line, "init %d %llx %llx", &v, &a, &b) == 3 && needs_vcpu(v)) {
		if (!msr_by_vmm(v, a, b))
			printf("@v 0 gp %llx %llx\n", a, b);
	} else if (sscanf(line, "cd %d %llx", &v, &a) == 2 && needs_vcpu(v))
		cr0_by_vmm(v, (vcpus[v].cr0 & ~(1ull << 30)) | a << 30);
	else if (sscanf(line, "dma %d", &v) == 1)
		dma(v);
	else if (line[0] && line[0] != '#')
		complain("not understood: %s", line);
}

int main(int argc, char **argv)
{
	static char line[1024];
	FILE *script = fopen(argc > 1 ? argv[1] : "/script", "r");
	kvm = open("/dev/kvm", O_RDWR);
	if (kvm < 0 || !script) {
		complain(kvm < 0 ? "/dev/kvm" : "no script");
		return 1;
	}
	run_size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	cpuid = calloc(1, sizeof *cpuid + 200 * sizeof cpuid->entries[0]);
	cpuid->nent = 200;
	if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, cpuid))
		complain("KVM_GET_SUPPORTED_CPUID");
	for (unsigned k = 0; k < cpuid->nent; k++)
		if (cpuid->entries[k].function == 0x80000008)
			printf("@maxphyaddr %u\n", cpuid->entries[k].eax & 0xff);
		else if (cpuid->entries[k].function == 1)
			printf("@cpuid %x\n", cpuid->entries[k].edx);
	marker = open(TRACING "trace_marker", O_WRONLY);
	while (fgets(line, sizeof line, script))
		obey(line);
	printf("@done\n");
	flush();
	tcdrain(1);
	return 0;
}
