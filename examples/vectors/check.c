/*
 * A lookup of MTRRs in C, held against golden tables of policy sdm:
 *
 *     eptsweep vectors -f c -o vectors.h
 *     cc -std=c99 -Wall -Wextra -o check check.c && ./check
 *
 * To test code of your own, let mtrr_type() call it.
 */
#include <inttypes.h>
#include <stdio.h>

#include "vectors.h"

#define UNDEFINED EPTSWEEP_UNDEFINED

static int fixed_type(const struct eptsweep_layout *cpu, uint64_t address)
{
	unsigned index, byte;

	if (address < 0x80000) {
		index = 0;
		byte = (unsigned)(address >> 16);
	} else if (address < 0xc0000) {
		index = 1 + (unsigned)((address - 0x80000) >> 17);
		byte = (unsigned)(address >> 14) & 7;
	} else {
		index = 3 + (unsigned)((address - 0xc0000) >> 15);
		byte = (unsigned)(address >> 12) & 7;
	}
	return (int)(cpu->fixed[index] >> (8 * byte)) & 0xff;
}

/* The type of the page at an address by the manual, -1 where it leaves it undefined. */
static int mtrr_type(const struct eptsweep_layout *cpu, uint64_t address)
{
	const uint64_t bits = ((UINT64_C(1) << cpu->maxphyaddr) - 1) & ~UINT64_C(0xfff);
	unsigned seen = 0, i;

	if (!(cpu->def_type & 0x800))
		return EPTSWEEP_UC;
	if ((cpu->def_type & 0x400) && address < 0x100000)
		return fixed_type(cpu, address);
	for (i = 0; i < cpu->pairs; i++) {
		const struct eptsweep_pair *pair = &eptsweep_pairs[cpu->first_pair + i];

		if ((pair->mask & 0x800) && ((address ^ pair->base) & pair->mask & bits) == 0)
			seen |= 1u << (pair->base & 7);
	}
	if (seen == 0) {
		const uint64_t top = cpu->top_mem2 & bits & ~UINT64_C(0x7fffff);

		if ((cpu->syscfg & 0x600000) == 0x600000 && address >= UINT64_C(0x100000000) && address < top)
			return EPTSWEEP_WB;
		return (int)(cpu->def_type & 0xff);
	}
	if (seen & 1u << EPTSWEEP_UC)
		return EPTSWEEP_UC;
	if (seen == (1u << EPTSWEEP_WT | 1u << EPTSWEEP_WB))
		return EPTSWEEP_WT;
	for (i = 0; i < 8; i++)
		if (seen == 1u << i)
			return (int)i;
	return UNDEFINED;
}

int main(void)
{
	unsigned wrong = 0, rows = 0, i, j;

	for (i = 0; i < EPTSWEEP_LAYOUTS; i++) {
		const struct eptsweep_layout *cpu = &eptsweep_layouts[i];

		for (j = 0; j < cpu->pages; j++, rows++) {
			const struct eptsweep_page *page = &eptsweep_pages[cpu->first_page + j];
			const int type = mtrr_type(cpu, page->gfn << 12);

			if (type == page->mtrr)
				continue;
			if (wrong++ < 5)
				printf("layout %u, gfn 0x%" PRIx64 ": %d, expected %d: %s (%s)\n", i, page->gfn, type,
				       page->mtrr, eptsweep_rules[page->mtrr_rule].says,
				       eptsweep_rules[page->mtrr_rule].source);
		}
	}
	printf("%u rows, %u wrong\n", rows, wrong);
	return wrong != 0;
}
