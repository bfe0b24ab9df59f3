/* The toy market in C: the loops of numba_toy.py, line by line, with the same bits. */

#include <stdint.h>

#define BLOCK 1024
#define MOST_CONTACTS 4
#define PARTS 65536.0

typedef uint64_t u64;

static inline u64 mix(u64 x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

static inline u64 word(u64 key, u64 stream) { return mix(key + stream); }
static inline uint32_t high32(u64 bits) { return (uint32_t)(bits >> 32); }
static inline u64 pick(u64 bits, u64 size) { return ((bits & 0xFFFFFFFFull) * size) >> 32; }
static inline double uniform(u64 bits) {
    return ((double)(int64_t)(bits >> 12) + 0.5) * 2.220446049250313e-16;
}

static inline double expo(double x) {
    x = x < -700.0 ? -700.0 : x;
    x = x > 700.0 ? 700.0 : x;
    int64_t n = (int64_t)(x * 1.44269504088896338700 + 1024.5) - 1024;
    double k = (double)n;
    double r = (x - k * 0.693147180369123816490) - k * 1.90821492927058770002e-10;
    double p = 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    union { int64_t bits; double value; } power = {.bits = (n + 1023) << 52};
    return (p * r + 1.0) * power.value;
}

static void hear(int64_t m, float *restrict a, float *restrict t, uint16_t *restrict heard) {
    for (int64_t i = 0; i < m; i++) {
        if (heard[i]) {
            double left_a = 1.0, left_t = 1.0;
            for (int n = 0; n < heard[i]; n++) {
                left_a = left_a * (1.0 - 0.2);
                left_t = left_t * (1.0 - 0.1);
            }
            a[i] = (float)(1.0 - (1.0 - (double)a[i]) * left_a);
            t[i] = (float)(1.0 - (1.0 - (double)t[i]) * left_t);
            heard[i] = 0;
        }
    }
}

static void meet(int64_t m, float *restrict a, const u64 *restrict key, u64 stream,
                 const uint32_t *restrict contacts, const double *restrict gain) {
    uint32_t one = contacts[0], two = contacts[1], three = contacts[2], four = contacts[3];
    for (int64_t i = 0; i < m; i++) {
        uint32_t drawn = high32(word(key[i], stream));
        double met = drawn < one ? gain[1] : 0.0;
        met = drawn < two ? gain[2] : met;
        met = drawn < three ? gain[3] : met;
        met = drawn < four ? gain[4] : met;
        double known = (double)a[i] * 0.95;
        a[i] = (float)(known + met * (1.0 - known));
    }
}

static void wish(int64_t m, const u64 *restrict key, u64 stream, const uint8_t *restrict active,
                 uint32_t limit, uint8_t *restrict talks) {
    for (int64_t i = 0; i < m; i++)
        talks[i] = active[i] & (high32(word(key[i], stream)) < limit);
}

static int64_t tell(int64_t m, const u64 *restrict key, u64 stream, const uint8_t *restrict talks,
                    int64_t size, int32_t *restrict to) {
    int64_t sent = 0;
    for (int64_t i = 0; i < m; i++) {
        if (talks[i]) {
            u64 tie = pick(word(key[i], stream), 10);
            to[sent++] = (int32_t)pick(word(key[i], tie + 1), (u64)size);
        }
    }
    return sent;
}

static int64_t buy(int64_t m, const float *restrict a, float *restrict t, uint8_t *restrict active,
                   const uint32_t *restrict occasion, const u64 *restrict key, u64 arises,
                   u64 chooses) {
    int64_t sales = 0;
    for (int64_t i = 0; i < m; i++) {
        double trust = (double)t[i];
        double utility = -3.0 + 3.0 * (double)a[i] + 2.0 * trust;
        int64_t likes = uniform(word(key[i], chooses)) * (1.0 + expo(-utility)) < 1.0;
        int64_t buys = (high32(word(key[i], arises)) < occasion[i]) & likes;
        t[i] = (float)(buys ? trust + 0.05 * (1.0 - trust) : trust);
        active[i] |= (uint8_t)buys;
        sales += buys;
    }
    return sales;
}

static void lapse(int64_t m, const float *restrict a, const float *restrict t,
                  uint8_t *restrict active, const u64 *restrict key, u64 stream,
                  int64_t *restrict sums) {
    int64_t aware = 0, customers = 0;
    for (int64_t i = 0; i < m; i++) {
        double drawn = (double)(int64_t)high32(word(key[i], stream));
        uint8_t stays = drawn >= 0.01 * (1.0 - (double)t[i]) * 4294967296.0;
        active[i] &= stays;
        customers += active[i];
        aware += (int64_t)((double)a[i] * PARTS);
    }
    sums[0] = aware;
    sums[1] = customers;
}

void week(int64_t first, int64_t last, int64_t size, const u64 *streams, const uint32_t *contacts,
          float *a, float *t, uint8_t *active, uint16_t *heard, const uint32_t *occasion,
          const u64 *key, int32_t *to, int64_t *sent, int64_t *sums) {
    uint8_t talks[BLOCK];
    double gain[MOST_CONTACTS + 1], left = 1.0;
    for (int n = 0; n <= MOST_CONTACTS; n++, left = left * (1.0 - 0.1))
        gain[n] = 1.0 - left;
    for (int64_t block = first; block < last; block++) {
        int64_t lo = block * BLOCK, m = size - lo < BLOCK ? size - lo : BLOCK;
        hear(m, a + lo, t + lo, heard + lo);
        meet(m, a + lo, key + lo, streams[0], contacts, gain);
        wish(m, key + lo, streams[1], active + lo, (uint32_t)(0.05 * 4294967296.0), talks);
        sent[block] = tell(m, key + lo, streams[1], talks, size, to + lo);
        sums[3 * block + 2] = buy(m, a + lo, t + lo, active + lo, occasion + lo, key + lo,
                                  streams[2], streams[3]);
        lapse(m, a + lo, t + lo, active + lo, key + lo, streams[4], sums + 3 * block);
    }
}

void deliver(int64_t first, int64_t last, int64_t blocks, const int32_t *to, const int64_t *sent,
             uint16_t *heard) {
    int64_t lo = first * BLOCK, hi = last * BLOCK;
    for (int64_t block = 0; block < blocks; block++)
        for (int64_t n = 0; n < sent[block]; n++) {
            int64_t receiver = to[block * BLOCK + n];
            if (lo <= receiver && receiver < hi)
                heard[receiver]++;
        }
}
