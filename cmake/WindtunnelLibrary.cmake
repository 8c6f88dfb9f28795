# The one way to make a library in this project.

# windtunnel_library(<name> [INTERNAL]
#   SOURCES <file>...        in this folder; none yet: the target is header-only
#   [PUBLIC <target>...]     what the library's public headers need
#   [PRIVATE <target>...]    what only its sources need
#   [HEADERS_OF <target>...] header-only packages that only its sources need;
#                            users of the installed library never see these
#   [PROTOS <file>...])      .proto files in this folder, included from sources by
#                            their path from the root ("simulator/explore/log.pb.h")
#
# Makes the target windtunnel_<name> and its alias windtunnel::<name>. The
# folder's `include` is public and installed; the root is a private include
# directory. INTERNAL libraries are not installed.
function(windtunnel_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "INTERNAL" ""
    "SOURCES;PUBLIC;PRIVATE;HEADERS_OF;PROTOS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "windtunnel_library(${name}): stray arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()

  set(target windtunnel_${name})
  if(arg_SOURCES OR arg_PROTOS)
    set(visible PUBLIC)
    add_library(${target} STATIC ${arg_SOURCES})
    target_link_libraries(${target} PRIVATE ${arg_PRIVATE})
    foreach(package IN LISTS arg_HEADERS_OF)
      target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:${package}>)
    endforeach()
    windtunnel_compile_options(${target})
    windtunnel_generate_from_protos(${target} ${arg_PROTOS})
    if(WINDTUNNEL_PRECOMPILED_HEADERS)
      target_precompile_headers(${target} PRIVATE ${WINDTUNNEL_LIBRARY_HEADERS})
      target_compile_options(${target} PRIVATE ${WINDTUNNEL_PRECOMPILED_OPTIONS})
    endif()
  else()
    set(visible INTERFACE)
    add_library(${target} INTERFACE)
  endif()
  add_library(windtunnel::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(${target} ${visible} cxx_std_20)
  target_link_libraries(${target} ${visible} ${arg_PUBLIC})

  set(include ${CMAKE_CURRENT_SOURCE_DIR}/include)
  if(EXISTS ${include})
    target_include_directories(${target} ${visible}
      $<BUILD_INTERFACE:${include}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  endif()
  if(NOT arg_INTERNAL)
    install(TARGETS ${target} EXPORT windtunnelTargets)
    # Once for all libraries of a folder.
    get_property(installed DIRECTORY PROPERTY windtunnel_include_installed)
    if(EXISTS ${include} AND NOT installed)
      install(DIRECTORY ${include}/ TYPE INCLUDE FILES_MATCHING PATTERN "*.h")
      set_property(DIRECTORY PROPERTY windtunnel_include_installed ON)
    endif()
  endif()
endfunction()

# What nearly every source includes. Compiling it once halves the time for a
# library; with the option off, every source must do without.
set(WINDTUNNEL_LIBRARY_HEADERS
  <algorithm> <cstdint> <functional> <map> <memory> <optional> <string> <utility> <vector>
  <absl/functional/any_invocable.h> <absl/status/status.h> <absl/status/statusor.h>
  <absl/strings/str_cat.h> <absl/strings/string_view.h> <absl/time/time.h>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(WINDTUNNEL_PRECOMPILED_OPTIONS -fpch-preprocess)  # Lets ccache see through it.
endif()

# What our own libraries, tests and programs are compiled with, and nobody else's.
function(windtunnel_compile_options target)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12's optimiser sees these where there is nothing: in the destructor of an
    # empty std::optional, and in strings (GCC bugs 105329 and 105651).
    target_compile_options(${target} PRIVATE
      -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow)
  endif()
  if(WINDTUNNEL_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

# windtunnel_program(<name> SOURCES <file>... LIBS <target>...): an example or a tool.
function(windtunnel_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBS")
  add_executable(${name} ${arg_SOURCES})
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_link_libraries(${name} PRIVATE ${arg_LIBS})
  windtunnel_compile_options(${name})
endfunction()

# Adds the code that protoc makes of .proto files in this folder to a target.
function(windtunnel_generate_from_protos target)
  set(generated ${PROJECT_BINARY_DIR}/generated)
  foreach(proto IN LISTS ARGN)
    cmake_path(ABSOLUTE_PATH proto OUTPUT_VARIABLE input)
    cmake_path(RELATIVE_PATH input BASE_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE output)
    cmake_path(REPLACE_EXTENSION output LAST_ONLY .pb)
    set(files ${generated}/${output}.cc ${generated}/${output}.h)
    file(MAKE_DIRECTORY ${generated})
    add_custom_command(OUTPUT ${files} DEPENDS ${input}
      COMMAND protobuf::protoc --cpp_out=${generated} -I ${PROJECT_SOURCE_DIR} ${input}
      COMMENT "protoc ${output}" VERBATIM)
    set_source_files_properties(${files} PROPERTIES COMPILE_OPTIONS -w)
    target_sources(${target} PRIVATE ${files})
  endforeach()
  if(ARGN)
    target_link_libraries(${target} PRIVATE protobuf::libprotobuf)
    target_include_directories(${target} SYSTEM PUBLIC $<BUILD_INTERFACE:${generated}>)
  endif()
endfunction()
