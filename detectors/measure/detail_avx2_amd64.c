// The kernels that look at fine detail, for x86-64 machines with AVX2.

#define VQA_TARGET __attribute__((target("avx2")))
#define VQA_AVX2_CODE 1
#define VQA_NAME(name) name##_avx2
#include "detail_template.h"
