find_package(Catch2 2.13 REQUIRED)

# Catch2's own main is 15 times larger than a test: compiled once, unoptimised.
add_library(cascade_catch_main STATIC tests/catch_main.cpp)
target_link_libraries(cascade_catch_main PUBLIC Catch2::Catch2)
target_compile_options(cascade_catch_main PRIVATE -O0)

# Catch2's header, precompiled once for all test programs (it takes longer than most tests).
file(WRITE ${PROJECT_BINARY_DIR}/generated/empty.cpp "")
add_library(cascade_test_header STATIC ${PROJECT_BINARY_DIR}/generated/empty.cpp)
target_link_libraries(cascade_test_header PUBLIC cascade_catch_main Eigen3::Eigen)
target_compile_features(cascade_test_header PUBLIC cxx_std_20)
target_include_directories(cascade_test_header PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(cascade_test_header PUBLIC CASCADE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
if(TARGET cascade)
  target_compile_definitions(cascade_test_header PUBLIC CASCADE_PROGRAM="$<TARGET_FILE:cascade>")
endif()
target_compile_options(cascade_test_header PUBLIC -O1 -Wno-array-bounds)  # what is tested keeps its own flags
target_precompile_headers(cascade_test_header PRIVATE <catch2/catch.hpp>)

# cascade_tests(NAME libraries...): test_NAME of every .cpp below tests/NAME, if there is one. Its cases are registered
# with ctest after the build: label slow for those tagged [slow], fast for the others.
function(cascade_tests name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${name}/*.cpp)
  if(NOT sources)
    return()
  endif()
  set(target test_${name})
  add_executable(${target} ${sources})
  target_link_libraries(${target} PRIVATE cascade_test_header ${ARGN})
  target_precompile_headers(${target} REUSE_FROM cascade_test_header)
  set(list_file ${PROJECT_BINARY_DIR}/ctest/${target}.cmake)
  add_custom_command(TARGET ${target} POST_BUILD BYPRODUCTS ${list_file}
    COMMAND ${CMAKE_COMMAND} -D PREFIX=${name} -D PROGRAM=$<TARGET_FILE:${target}> -D LIST_FILE=${list_file}
            -P ${PROJECT_SOURCE_DIR}/cmake/register_tests.cmake
    VERBATIM)
  file(WRITE ${PROJECT_BINARY_DIR}/ctest/include_${target}.cmake
"if(EXISTS \"${list_file}\")
  include(\"${list_file}\")
else()
  add_test(${name}:not_built ${target}_not_built)
endif()
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${PROJECT_BINARY_DIR}/ctest/include_${target}.cmake)
endfunction()

get_property(floors GLOBAL PROPERTY CASCADE_FLOORS)
set(all_libraries)
foreach(floor IN LISTS floors)
  list(APPEND all_libraries cascade_${floor})
endforeach()
foreach(floor IN LISTS floors)
  cascade_tests(${floor} cascade_${floor})
endforeach()
foreach(kind contracts property golden)
  cascade_tests(${kind} ${all_libraries})
endforeach()
cascade_tests(architecture cascade_base)
if(TARGET test_cli AND TARGET cascade)
  add_dependencies(test_cli cascade)
  if(CASCADE_MPI)
    set_property(SOURCE tests/cli/ranks_test.cpp APPEND PROPERTY COMPILE_DEFINITIONS
                 CASCADE_MPIRUN="${MPIEXEC_EXECUTABLE}")
  endif()
endif()

# Every scenario that says what must come out: `cascade check` holds it to that. The tiny ones are fast. Three of the
# papers take five minutes of two cores each: those are checked with `ctest -C papers` only, and else tried with one
# replicate. `ctest -C papers -L papers` checks all papers.
set(dear_scenarios papers/distillation.yaml papers/generations.yaml papers/group_selection.yaml)
if(TARGET cascade)
  file(GLOB_RECURSE scenarios CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/scenarios/*.yaml)
  set(long_test PROCESSORS 2 TIMEOUT 1800)
  foreach(scenario IN LISTS scenarios)
    file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR}/scenarios ${scenario})
    set(configurations)
    if(name IN_LIST dear_scenarios)
      set(configurations CONFIGURATIONS papers)
      add_test(NAME run:${name} COMMAND cascade run -q --replicates 1 ${scenario})
      set_tests_properties(run:${name} PROPERTIES ${long_test} LABELS slow)
    endif()
    add_test(NAME check:${name} ${configurations} COMMAND cascade check -q ${scenario})
    if(name MATCHES "^tiny/")
      set_tests_properties(check:${name} PROPERTIES LABELS fast)
    elseif(name MATCHES "^papers/")
      set_tests_properties(check:${name} PROPERTIES ${long_test} LABELS "slow;papers")
    else()
      set_tests_properties(check:${name} PROPERTIES ${long_test} LABELS slow)
    endif()
  endforeach()
  # Five minutes of one core: what docs/guide/optimize.md claims, in other worlds.
  add_test(NAME optimize:for_the_money CONFIGURATIONS papers
    COMMAND /usr/bin/python3 ${PROJECT_SOURCE_DIR}/tests/tools/check_optimize.py $<TARGET_FILE:cascade>
            ${PROJECT_SOURCE_DIR}/scenarios/lessons/for_the_money.yaml 1 2 3 4 5)
  set_tests_properties(optimize:for_the_money PROPERTIES ${long_test} LABELS "slow;papers")
endif()
