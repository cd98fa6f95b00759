# Flags of every target. No -march and no -ffast-math: the bits of a report depend on neither the CPU nor the compiler's
# choice of contractions; base/product picks its kernel at run time. A file that wants contraction says so with
# set_source_files_properties.
# Nobody reads errno after a square root or floating-point traps, and without them loops vectorise; no bit changes.
add_compile_options(-fno-math-errno -fno-trapping-math)
add_compile_options(-ffp-contract=off -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  add_compile_options(-Wno-restrict -Wno-stringop-overflow)  # false for "text" + std::string (GCC bug 105651)
endif()
add_compile_definitions(EIGEN_DONT_PARALLELIZE)

if(CASCADE_WERROR)
  add_compile_options(-Werror)
endif()
if(CASCADE_SANITIZE)
  add_compile_options(-fsanitize=${CASCADE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CASCADE_SANITIZE})
  if(CASCADE_SANITIZE STREQUAL thread)
    # The only file that includes oneTBB, whose library is not instrumented: it names the order of tasks by hand.
    set_source_files_properties(src/base/parallel.cpp PROPERTIES
      COMPILE_OPTIONS "-fno-sanitize=thread;-DCASCADE_THREAD_SANITIZER")
  endif()
endif()
if(CASCADE_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()
