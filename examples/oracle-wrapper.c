/*
 * Wraps C code of one's own for eptsweep's oracle protocol:
 *
 *   cc -O2 -o oracle-wrapper oracle-wrapper.c
 *
 * Put your own code in the place of type_of(). This one forgets the fixed ranges, so that there is something
 * to find. It understands requests in the form in which eptsweep writes them, not any JSON.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* MSR 0x2ff, and the MSRs from 0x200 on: base, mask, base, mask, ... */
static uint64_t def_type, variable[80];

/* The code under test: the MTRR type of the page at gpa, -1 where it has no answer. */
static int type_of(uint64_t gpa) {
  unsigned seen = 0; /* bit t: a range of type t matches */
  if (!(def_type & 0x800)) return 0;
  for (int i = 0; i < 80; i += 2) {
    uint64_t mask = variable[i + 1] & ~0xfffull;
    if ((variable[i + 1] & 0x800) && !((gpa ^ variable[i]) & mask)) seen |= 1u << (variable[i] & 7);
  }
  if (!seen) return def_type & 7;
  if (seen & 1u << 0) return 0;
  if (seen == (1u << 4 | 1u << 6)) return 4;
  return seen & (seen - 1) ? -1 : __builtin_ctz(seen);
}

/* From here on: the protocol. */

static char *after(char *line, const char *key) {
  char *at = strstr(line, key);
  return at ? at + strlen(key) : line + strlen(line);
}

int main(void) {
  static char line[1 << 20];
  while (fgets(line, sizeof line, stdin)) {
    char *id = after(line, "\"id\":"), *at = after(line, "\"msrs\":{");
    uint64_t start = 0, end = 0, next;
    def_type = 0;
    memset(variable, 0, sizeof variable);
    while (*at == '"') { /* "0x2ff":"0xc06", */
      uint64_t msr = strtoull(at + 1, &at, 16), value = strtoull(at + 3, &at, 16);
      if (msr == 0x2ff) def_type = value;
      if (msr >= 0x200 && msr < 0x250) variable[msr - 0x200] = value;
      at += at[1] == ',' ? 2 : 1;
    }
    sscanf(after(line, "\"range\":["), "\"%" SCNx64 "\",\"%" SCNx64, &start, &end);
    printf("{\"id\":%.*s,", (int)strcspn(id, ",}"), id);
    if (!strstr(line, "\"policy\":\"sdm\"") || !strstr(line, "\"want\":\"mtrr\"") || end - start > 1 << 24) {
      puts("\"error\":{\"code\":\"unsupported\",\"message\":\"mtrr by the manual, of at most 2^24 pages\"}}");
    } else {
      fputs("\"spans\":[", stdout);
      for (uint64_t gfn = start; gfn < end; gfn = next) {
        int type = type_of(gfn << 12);
        for (next = gfn + 1; next < end && type_of(next << 12) == type; next++);
        printf("%s[\"0x%" PRIx64 "\",\"0x%" PRIx64 "\",%d]", gfn > start ? "," : "", gfn, next, type);
      }
      puts("]}");
    }
    fflush(stdout); /* an answer that stays in a buffer looks like a hang */
  }
}
