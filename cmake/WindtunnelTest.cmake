# The one way to make tests and benchmarks in this project.

# windtunnel_test(<name> [THREADS]
#   SOURCES <file>...        none yet: no test is made
#   LIBS <target>...
#   [LIVE <filter>...])      GoogleTest filters of tests that use a live server
#
# Makes one test binary, with GoogleTest's main(), and one CTest test of all its
# tests: a process for each of thousands costs more than the tests. The live ones
# are apart: those of one LIVE filter share a process and so a server, and nothing
# else runs beside them, because their timers slip under load; see
# tests/live_tests.py for what happens if they do. THREADS are tests
# that ThreadSanitizer should see too: the target threads_tests builds them, the
# label `threads` selects them. Keep it to one binary per folder.
function(windtunnel_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "THREADS" "" "SOURCES;LIBS;LIVE")
  if(NOT WINDTUNNEL_BUILD_TESTS OR NOT arg_SOURCES)
    return()
  endif()
  if(arg_LIVE)
    list(APPEND arg_SOURCES ${PROJECT_SOURCE_DIR}/client/testing/sanitizers.cc)
  endif()
  windtunnel_program(${name} SOURCES ${arg_SOURCES} LIBS ${arg_LIBS} GTest::gmock_main)
  target_precompile_headers(${name} REUSE_FROM windtunnel_precompiled)
  target_compile_options(${name} PRIVATE ${WINDTUNNEL_PRECOMPILED_OPTIONS})

  set(properties ENVIRONMENT "WINDTUNNEL_NATS_SERVERS=${WINDTUNNEL_NATS_SERVERS}")
  if(arg_THREADS)
    set(labels threads)
    list(APPEND properties LABELS threads)
    add_dependencies(threads_tests ${name})
  endif()
  list(JOIN arg_LIVE ":" live)
  add_test(NAME ${name} COMMAND ${name} "--gtest_filter=-${live}")
  set_tests_properties(${name} PROPERTIES TIMEOUT 900 ${properties})
  foreach(filter IN LISTS arg_LIVE)
    add_test(NAME "${name} ${filter}" COMMAND Python3::Interpreter
      ${PROJECT_SOURCE_DIR}/tests/live_tests.py $<TARGET_FILE:${name}> "${filter}")
    set_tests_properties("${name} ${filter}" PROPERTIES
      RUN_SERIAL ON TIMEOUT 1800 ${properties} LABELS "live;${labels}")
  endforeach()
endfunction()

# windtunnel_benchmark(<name> SOURCES <file>... LIBS <target>...)
#
# Makes a benchmark, and a test that runs it for a moment to see that it works.
function(windtunnel_benchmark name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBS")
  if(NOT arg_SOURCES)
    return()
  endif()
  windtunnel_program(${name} SOURCES ${arg_SOURCES} LIBS ${arg_LIBS} benchmark::benchmark_main)
  add_test(NAME ${name}.smoke COMMAND ${name} --benchmark_min_time=0.001)
  set_tests_properties(${name}.smoke PROPERTIES TIMEOUT 300 LABELS bench
    ENVIRONMENT "WINDTUNNEL_NATS_SERVERS=${WINDTUNNEL_NATS_SERVERS}")
endfunction()

if(WINDTUNNEL_BUILD_TESTS)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  add_custom_target(threads_tests)

  # GoogleTest, JSON and Abseil are most of what a test file costs to compile, so their
  # headers are compiled once. An executable, to be compiled like the tests are.
  windtunnel_program(windtunnel_precompiled
    SOURCES ${PROJECT_SOURCE_DIR}/cmake/precompiled.cc
    LIBS GTest::gmock absl::status absl::statusor absl::strings absl::time
      nlohmann_json::nlohmann_json)
  target_compile_options(windtunnel_precompiled PRIVATE ${WINDTUNNEL_PRECOMPILED_OPTIONS})
  target_precompile_headers(windtunnel_precompiled PRIVATE
    <gmock/gmock.h> <gtest/gtest.h> <nlohmann/json.hpp>
    <absl/status/status.h> <absl/status/statusor.h> <absl/strings/str_cat.h> <absl/time/time.h>
    <map> <memory> <optional> <string> <utility> <vector>)
endif()
