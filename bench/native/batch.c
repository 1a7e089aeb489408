/*
 * Layouts by the thousand in C: makes the `typical` layouts of a seed (docs/layouts.md) and holds the manual against
 * KVM's fold, stretch by stretch between the ends of the ranges. Lives as long as its standard input:
 *
 *   run SEED FIRST COUNT REPEAT        all decimal; 46 address bits, one to eight ranges     -> NANOSECONDS DIGEST
 *
 * DIGEST is that of one repetition, as the library has it.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { BITS = 34, MOST_RANGES = 8, FIXED = 11, UC = 0, WC = 1, WT = 4, WP = 5, WB = 6, UNDEFINED = 7 };
enum { BEGINS, ENDS };

struct range {
  uint64_t raw, end;
};

struct layout {
  uint32_t count, default_type, has_fixed;
  uint64_t fixed[FIXED];
  uint64_t base[MOST_RANGES], mask[MOST_RANGES];
};

static uint64_t weights[256], pages[256], sum, differing;
static uint64_t layouts_by_ranges[MOST_RANGES + 1][3];

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static inline uint64_t mixed(uint64_t word) {
  word += 0x9e3779b97f4a7c15u;
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
  word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
  return word ^ (word >> 31);
}

/* Philox 4x32-10. */
static inline void block(uint64_t seed, uint64_t index, uint32_t number, uint64_t out[2]) {
  uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32);
  uint32_t a = (uint32_t)index, b = (uint32_t)(index >> 32), c = number, d = 0;
  for (int round = 0; round < 10; round++) {
    const uint64_t left = (uint64_t)a * 0xd2511f53u, right = (uint64_t)c * 0xcd9e8d57u;
    a = (uint32_t)(right >> 32) ^ b ^ key0;
    b = (uint32_t)right;
    c = (uint32_t)(left >> 32) ^ d ^ key1;
    d = (uint32_t)left;
    key0 += 0x9e3779b9u;
    key1 += 0xbb67ae85u;
  }
  out[0] = a | (uint64_t)b << 32;
  out[1] = c | (uint64_t)d << 32;
}

static inline uint64_t below(uint64_t word, int shift, uint64_t limit) {
  return ((word >> shift & 0xffff) * limit) >> 16;
}

static inline void put(struct layout *layout, uint32_t n, uint64_t base, uint64_t order, uint64_t type) {
  layout->base[n] = base << 12 | type;
  layout->mask[n] = ((((uint64_t)1 << BITS) - 1) >> order << order) << 12 | 0x800;
}

static void put_stolen(struct layout *layout, uint32_t n, uint64_t word, uint64_t hole) {
  static const uint8_t odd[4] = {WC, WP, WT, UC};
  const uint64_t order = 8 + (word >> 2 & 7);
  const uint64_t base = (((uint64_t)1 << 20) - ((uint64_t)1 << hole) - ((1 + (word >> 5 & 3)) << order)) >> order << order;
  put(layout, n, base, order, (word >> 8 & 7) == 0 ? odd[word >> 11 & 3] : UC);
}

static inline uint64_t next_order(uint64_t order, uint64_t base, uint64_t step) {
  if (step < 3) return order;
  if (step < 5) return order > 9 ? order - 1 : 8;
  if (step < 6) return order > 10 ? order - 2 : 8;
  return order < BITS && base % ((uint64_t)2 << order) == 0 ? order + 1 : order;
}

static void generate(uint64_t seed, uint64_t index, struct layout *layout) {
  uint64_t words[2 + MOST_RANGES];
  block(seed, index, 0, words);
  const uint64_t head = words[0], second = words[1], hole = 14 + below(second, 16, 6);
  const uint32_t count = 1 + (uint32_t)below(head, 0, 8);
  for (uint32_t n = 1; n <= (count + 1) / 2; n++) block(seed, index, n, words + 2 * n);
  const uint64_t hole_base = ((uint64_t)1 << 20) - ((uint64_t)1 << hole);
  layout->count = count;
  if ((second >> 8 & 0xff) >= 160) {
    layout->default_type = WB;
    put(layout, 0, hole_base, hole, UC);
    for (uint32_t n = 1; n < count; n++) {
      const uint64_t word = words[2 + n], order = 8 + below(word, 16, 13);
      if ((word & 3) == 0) put_stolen(layout, n, word, hole);
      else
        put(layout, n, (((uint64_t)1 << 20) + (word >> 32 & ((1u << 26) - 1))) >> order << order, order,
            (word >> 8 & 3) == 0 ? WC : UC);
    }
  } else {
    layout->default_type = UC;
    const uint32_t links = 1 + (uint32_t)below(head, 32, count);
    uint64_t order = 18 + (second & 3), base = 0;
    for (uint32_t n = 0; n < links; n++) {
      put(layout, n, base, order, WB);
      base = (base + ((uint64_t)1 << order)) & (((uint64_t)1 << BITS) - 1);
      order = next_order(order, base, words[2 + n] & 7);
    }
    for (uint32_t n = links; n < count; n++) {
      const uint64_t word = words[2 + n], gap = 8 + below(word, 16, 12);
      if (n == links) put(layout, n, hole_base, hole, UC);
      else if (word & 3) put_stolen(layout, n, word, hole);
      else put(layout, n, (word >> 32 & ((1u << 24) - 1)) >> gap << gap, gap, UC);
    }
  }
  layout->has_fixed = (head >> 53 & 3) != 0;
  static const uint8_t roms[4] = {WP, WP, WB, UC};
  const uint64_t rom = roms[head >> 55 & 3];
  for (int n = 0; n < FIXED; n++) {
    const uint64_t type = n > 2 ? rom : n == 2 ? UC : WB;
    layout->fixed[n] = layout->has_fixed ? type * 0x0101010101010101u : 0;
  }
}

static inline void count_stretch(uint64_t from, uint64_t to, uint32_t a, uint32_t b) {
  const uint32_t codes = a | b << 4;
  pages[codes] += to - from;
  sum += (to - from) * (to + from) * weights[codes];
  if (a != b) differing += to - from;
}

static inline uint32_t manual_type(uint64_t counts, uint32_t fallback) {
  if (counts == 0) return fallback;
  if (counts & 0xff) return UC;
  if ((counts & ~0x00ff00ff00000000u) == 0) return counts >> 32 & 0xff ? WT : WB;
  if ((counts & ~(uint64_t)0xff00) == 0) return WC;
  return (counts & ~0xff0000000000u) == 0 ? WP : UNDEFINED;
}

static inline uint32_t kvm_type(uint32_t covering, uint64_t types, uint32_t fallback) {
  if (covering == 0) return fallback;
  uint32_t rank = 31 - __builtin_clz(covering), type = types >> 4 * rank & 15;
  for (uint32_t rest = covering ^ 1u << rank; rest; rest ^= 1u << rank) {
    rank = 31 - __builtin_clz(rest);
    const uint32_t next = types >> 4 * rank & 15;
    if (next == type) continue;
    if (next == UC) return UC;
    if (!((type == WB && next == WT) || (type == WT && next == WB))) return WB;
    type = WT;
  }
  return type;
}

static uint32_t sort_ranges(const struct layout *layout, struct range *ranges) {
  uint32_t count = 0;
  for (uint32_t n = 0; n < layout->count; n++) {
    const uint64_t open = ~(layout->mask[n] >> 12) & (((uint64_t)1 << BITS) - 1), raw = layout->base[n];
    uint32_t at = count++;
    for (; at > 0 && ranges[at - 1].raw > raw; at--) ranges[at] = ranges[at - 1];
    ranges[at] = (struct range){raw, ((raw >> 12) | open) + 1};
  }
  return count;
}

static inline void insert(uint64_t *events, uint32_t count, uint64_t event) {
  uint32_t at = count;
  for (; at > 0 && events[at - 1] > event; at--) events[at] = events[at - 1];
  events[at] = event;
}

static inline uint64_t start_of(uint32_t fixed) {
  return fixed == 0 ? 0 : fixed < 3 ? 0x60 + 32 * fixed : 0xa8 + 8 * fixed;
}

/* Frames of one type at a time. */
static uint64_t count_fixed(const uint64_t *fixed) {
  uint64_t from = 0;
  uint32_t type = fixed[0] & 0xff;
  for (uint32_t n = 0; n < FIXED; n++) {
    const uint64_t types = fixed[n];
    if (types == type * (uint64_t)0x0101010101010101u) continue;
    const int step = types == (types & 0xff) * 0x0101010101010101u ? 64 : 8;
    for (int bit = 0; bit < 64; bit += step) {
      const uint32_t next = types >> bit & 0xff;
      if (next == type) continue;
      const uint64_t to = start_of(n) + (n == 0 ? 16 : n < 3 ? 4 : 1) * (bit / 8);
      if (to > from) count_stretch(from, to, type, type);
      from = to;
      type = next;
    }
  }
  count_stretch(from, start_of(FIXED), type, type);
  return start_of(FIXED);
}

static uint64_t answer(const struct layout *layout, uint64_t index) {
  struct range ranges[MOST_RANGES];
  uint64_t events[2 * MOST_RANGES + 1], from = 0, types = 0;
  const uint32_t count = sort_ranges(layout, ranges);
  sum = differing = 0;
  if (layout->has_fixed) from = count_fixed(layout->fixed);
  uint32_t written = 0;
  for (uint32_t rank = 0; rank < count; rank++) {
    insert(events, written++, ranges[rank].raw >> 12 << 8 | BEGINS << 4 | rank);
    insert(events, written++, ranges[rank].end << 8 | ENDS << 4 | rank);
    types |= (ranges[rank].raw & 15) << 4 * rank;
  }
  events[written] = (uint64_t)1 << (BITS + 8);
  uint64_t counts = 0;
  uint32_t covering = 0;
  for (uint32_t at = 0; at <= written; at++) {
    const uint64_t to = events[at] >> 8;
    if (to > from) {
      count_stretch(from, to, manual_type(counts, layout->default_type),
                    kvm_type(covering, types, layout->default_type));
      from = to;
    }
    const uint32_t rank = events[at] & 15;
    const uint64_t one = (uint64_t)1 << 8 * (types >> 4 * rank & 15);
    if ((events[at] >> 4 & 15) == BEGINS) {
      counts += one;
      covering |= 1u << rank;
    } else {
      counts -= one;
      covering &= ~(1u << rank);
    }
  }
  layouts_by_ranges[count][0]++;
  layouts_by_ranges[count][1] += differing != 0;
  layouts_by_ranges[count][2] += differing;
  return mixed(sum ^ mixed(index));
}

int main(void) {
  char word[16];
  for (uint32_t codes = 0; codes < 256; codes++) weights[codes] = mixed(codes) | 1;
  while (scanf("%15s", word) == 1) {
    uint64_t seed, first, count, repeat, digest = 0;
    if (strcmp(word, "run") != 0) return 1;
    if (scanf("%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, &seed, &first, &count, &repeat) != 4) return 1;
    const uint64_t begin = now();
    for (uint64_t turn = 0; turn < repeat; turn++) {
      digest = 0;
      for (uint64_t index = first; index < first + count; index++) {
        struct layout layout;
        generate(seed, index, &layout);
        digest += answer(&layout, index);
      }
    }
    printf("%" PRIu64 " %" PRIu64 "\n", now() - begin, digest);
    fflush(stdout);
  }
  return 0;
}
