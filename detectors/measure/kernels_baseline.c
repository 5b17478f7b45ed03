// The kernels for what every machine of the architecture has.

#define VQA_TARGET
#define VQA_AVX2_CODE 0

#define VQA_BITS 8
#define VQA_NAME(name) name##_8_baseline
#include "kernels_template.h"
#undef VQA_BITS
#undef VQA_NAME

#define VQA_BITS 16
#define VQA_NAME(name) name##_16_baseline
#include "kernels_template.h"
