/*
 * Span fill in C: entries of consecutive frames out of a sorted list of spans, tile by tile into one buffer.
 * Lives as long as its standard input; answers a line with a line, all numbers decimal:
 *
 *   spans COUNT (END BITS)...             END exclusive, in frames; BITS of an entry without its address -> "ok"
 *   tiles FIRST TILES FRAMES REPEAT       TILES tiles of FRAMES frames each                  -> NANOSECONDS SUM
 *
 * SUM is the exclusive or of the last tile's entries.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_SPANS = 4096, MOST_FRAMES = 1 << 23, PAGE = 4096 };

static uint64_t ends[MOST_SPANS], entry_bits[MOST_SPANS];
static uint32_t spans;
static uint64_t *out;

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

__attribute__((noinline)) static void fill(uint64_t *restrict to, uint64_t first, uint64_t count) {
  uint32_t span = 0;
  for (uint32_t width = spans; width > 1;) {
    const uint32_t half = width / 2;
    if (ends[span + half - 1] <= first) span += half;
    width -= half;
  }
  const uint64_t end = first + count;
  for (uint64_t frame = first; frame < end; span++) {
    const uint64_t stop = ends[span] < end ? ends[span] : end;
    const uint64_t entry = frame * PAGE | entry_bits[span];
    const uint64_t frames = stop - frame;
    for (uint64_t i = 0; i < frames; i++) to[i] = entry + i * PAGE;
    to += frames;
    frame = stop;
  }
}

int main(void) {
  char word[16];
  out = aligned_alloc(64, sizeof(uint64_t) * MOST_FRAMES);
  if (!out) return 1;
  while (scanf("%15s", word) == 1) {
    if (strcmp(word, "spans") == 0) {
      if (scanf("%" SCNu32, &spans) != 1 || spans > MOST_SPANS) return 1;
      for (uint32_t i = 0; i < spans; i++)
        if (scanf("%" SCNu64 " %" SCNu64, &ends[i], &entry_bits[i]) != 2) return 1;
      puts("ok");
    } else if (strcmp(word, "tiles") == 0) {
      uint64_t first;
      uint32_t tiles, frames, repeat;
      if (scanf("%" SCNu64 " %" SCNu32 " %" SCNu32 " %" SCNu32, &first, &tiles, &frames, &repeat) != 4) return 1;
      if (frames > MOST_FRAMES) return 1;
      const uint64_t begin = now();
      for (uint32_t i = 0; i < repeat; i++)
        for (uint32_t tile = 0; tile < tiles; tile++) fill(out, first + (uint64_t)tile * frames, frames);
      const uint64_t nanoseconds = now() - begin;
      uint64_t sum = 0;
      for (uint32_t i = 0; i < frames; i++) sum ^= out[i];
      printf("%" PRIu64 " %" PRIu64 "\n", nanoseconds, sum);
    } else {
      return 1;
    }
    fflush(stdout);
  }
  return 0;
}
