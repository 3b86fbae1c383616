#include "base/build_id.h"

#include <link.h>
#include <stdint.h>

struct search {
	struct buf *out;
	uintptr_t inside; /* an address of ours */
};

static bool holds(const struct dl_phdr_info *info, uintptr_t address)
{
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		if (p->p_type == PT_LOAD && address - (info->dlpi_addr + p->p_vaddr) < p->p_memsz)
			return true;
	}
	return false;
}

static size_t padded(size_t bytes) { return (bytes + 3) / 4 * 4; }

static int look(struct dl_phdr_info *info, size_t size, void *user)
{
	struct search *s = user;
	(void)size;
	if (!holds(info, s->inside))
		return 0;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		if (p->p_type != PT_NOTE)
			continue;
		const char *at = (const char *)(info->dlpi_addr + p->p_vaddr);
		for (size_t left = p->p_memsz; left >= sizeof(ElfW(Nhdr));) {
			ElfW(Nhdr) note;
			memcpy(&note, at, sizeof note);
			size_t name = padded(note.n_namesz), bytes = sizeof note + name + padded(note.n_descsz);
			if (bytes > left)
				break;
			if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(at + sizeof note, "GNU", 4) == 0)
				buf_add(s->out, at + sizeof note + name, note.n_descsz);
			at += bytes;
			left -= bytes;
		}
	}
	return 1;
}

void build_id(struct buf *out)
{
	static const char ours;
	struct search s = {out, (uintptr_t)&ours};
	dl_iterate_phdr(look, &s);
}
