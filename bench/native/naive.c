/*
 * The plain way in C: every page against every register, the set of the types that match, the type of that
 * set from a table. Lives as long as its standard input; answers a line with a line:
 *
 *   plan COUNT DEFAULT (MASK VALUE TYPE)...   all numbers decimal; frames, not addresses     -> "ok"
 *   list COUNT FRAME...                       frames to look up                              -> "ok"
 *   range FIRST COUNT REPEAT                  types of consecutive frames                    -> NANOSECONDS SUM
 *   look REPEAT                               types of the list                              -> NANOSECONDS SUM
 *
 * SUM is a check sum of the types of the last repetition.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_RULES = 40, MOST_FRAMES = 1 << 20, UNDEFINED = 0xff };

static uint64_t masks[MOST_RULES], values[MOST_RULES];
static uint32_t bits[MOST_RULES];
static uint32_t rules;
static uint8_t type_of[128];
static uint64_t list[MOST_FRAMES];
static uint32_t listed;
static uint8_t out[MOST_FRAMES];

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* UC wins; WB and WT give WT; any other pair is undefined. */
static void write_table(uint32_t default_type) {
  for (uint32_t set = 0; set < 128; set++) {
    uint8_t type = UNDEFINED;
    if (set == 0) type = (uint8_t)default_type;
    else if (set & 1) type = 0;
    else if (set == (1u << 4 | 1u << 6)) type = 4;
    else if ((set & (set - 1)) == 0) type = (uint8_t)__builtin_ctz(set);
    type_of[set] = type;
  }
}

static inline uint8_t type_at(uint64_t frame) {
  uint32_t set = 0;
  for (uint32_t i = 0; i < rules; i++) set |= (frame & masks[i]) == values[i] ? bits[i] : 0;
  return type_of[set];
}

__attribute__((noinline)) static void types_of_range(uint64_t first, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) out[i] = type_at(first + i);
}

__attribute__((noinline)) static void types_of_list(void) {
  for (uint32_t i = 0; i < listed; i++) out[i] = type_at(list[i]);
}

static void answer(uint64_t nanoseconds, uint32_t count) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < count; i++) sum = sum * 31 + out[i];
  printf("%" PRIu64 " %" PRIu32 "\n", nanoseconds, sum);
}

int main(void) {
  char word[16];
  while (scanf("%15s", word) == 1) {
    if (strcmp(word, "plan") == 0) {
      uint32_t default_type, type;
      if (scanf("%" SCNu32 " %" SCNu32, &rules, &default_type) != 2 || rules > MOST_RULES) return 1;
      for (uint32_t i = 0; i < rules; i++) {
        if (scanf("%" SCNu64 " %" SCNu64 " %" SCNu32, &masks[i], &values[i], &type) != 3) return 1;
        bits[i] = 1u << type;
      }
      write_table(default_type);
      puts("ok");
    } else if (strcmp(word, "list") == 0) {
      if (scanf("%" SCNu32, &listed) != 1 || listed > MOST_FRAMES) return 1;
      for (uint32_t i = 0; i < listed; i++)
        if (scanf("%" SCNu64, &list[i]) != 1) return 1;
      puts("ok");
    } else if (strcmp(word, "range") == 0) {
      uint64_t first;
      uint32_t count, repeat;
      if (scanf("%" SCNu64 " %" SCNu32 " %" SCNu32, &first, &count, &repeat) != 3) return 1;
      if (count > MOST_FRAMES) return 1;
      const uint64_t begin = now();
      for (uint32_t i = 0; i < repeat; i++) types_of_range(first, count);
      answer(now() - begin, count);
    } else if (strcmp(word, "look") == 0) {
      uint32_t repeat;
      if (scanf("%" SCNu32, &repeat) != 1) return 1;
      const uint64_t begin = now();
      for (uint32_t i = 0; i < repeat; i++) types_of_list();
      answer(now() - begin, listed);
    } else {
      return 1;
    }
    fflush(stdout);
  }
  return 0;
}
