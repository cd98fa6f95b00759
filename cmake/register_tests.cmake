# Asks a Catch2 program for its test cases and writes the ctest file that runs each of them on its own.
set(script "")
foreach(label fast slow)
  if(label STREQUAL fast)
    set(spec "~[slow]")
    set(timeout 900)  # under the sanitizers too
  else()
    set(spec "[slow]")
    set(timeout 1800)
  endif()
  execute_process(COMMAND ${PROGRAM} ${spec} --list-test-names-only OUTPUT_VARIABLE names RESULT_VARIABLE count)
  if(NOT count MATCHES "^[0-9]+$")  # Catch2 2 returns the number of cases; a crash is text
    message(FATAL_ERROR "${PROGRAM} cannot list its tests: ${count}")
  endif()
  string(REGEX REPLACE "\n$" "" names "${names}")
  string(REPLACE ";" "\\;" names "${names}")  # one in a name does not end it
  string(REPLACE "\n" ";" names "${names}")
  foreach(name IN LISTS names)
    string(REPLACE "," "\\," escaped "${name}")
    string(APPEND script "add_test([==[${PREFIX}: ${name}]==] [==[${PROGRAM}]==] [==[${escaped}]==] -w NoTests)\n"
                         "set_tests_properties([==[${PREFIX}: ${name}]==] PROPERTIES LABELS ${label} TIMEOUT ${timeout})\n")
  endforeach()
endforeach()
file(WRITE ${LIST_FILE} "${script}")
