// For the bodies of kernels (*_kernel.inc), after PUNKTFUNK_TARGET is defined; no include guard, they undefine both at
// their end.
//
// Registers can hold an array only when the loops over it are gone and all is in one function. Where registers do not
// matter (the scalar set, and builds with a sanitizer) that would only cost the compiler minutes.
#if defined(__has_feature)
#define PUNKTFUNK_HAS_FEATURE(name) __has_feature(name)
#else
#define PUNKTFUNK_HAS_FEATURE(name) 0
#endif

#if defined(PUNKTFUNK_PLAIN_LOOPS) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    PUNKTFUNK_HAS_FEATURE(address_sanitizer) || PUNKTFUNK_HAS_FEATURE(thread_sanitizer)
#define PUNKTFUNK_INLINE PUNKTFUNK_TARGET inline
#define PUNKTFUNK_UNROLL
#elif defined(__clang__)
#define PUNKTFUNK_INLINE PUNKTFUNK_TARGET __attribute__((always_inline)) inline
#define PUNKTFUNK_UNROLL _Pragma("clang loop unroll(full)")
#else
#define PUNKTFUNK_INLINE PUNKTFUNK_TARGET __attribute__((always_inline)) inline
#define PUNKTFUNK_UNROLL _Pragma("GCC unroll 16")
#endif

#undef PUNKTFUNK_HAS_FEATURE
