// The kernels that measure sound, for x86-64 machines with AVX2.

#define VQA_TARGET __attribute__((target("avx2")))
#define VQA_NAME(name) name##_avx2
#include "sound_template.h"
