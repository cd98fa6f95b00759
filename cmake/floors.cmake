# cascade_floor(NAME [FOLDER folder] [DEPENDS floors...]): the static library cascade_NAME of every .cpp below the
# folder (src/NAME unless given). A floor of headers only is an interface library.
function(cascade_floor name)
  cmake_parse_arguments(PARSE_ARGV 1 floor "" "FOLDER" "DEPENDS")
  if(NOT floor_FOLDER)
    set(floor_FOLDER src/${name})
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${floor_FOLDER}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "src/cli/main\\.cpp$")
  set(visibility PUBLIC)
  if(name STREQUAL base OR sources)
    add_library(cascade_${name} STATIC ${sources})
  else()
    add_library(cascade_${name} INTERFACE)
    set(visibility INTERFACE)
  endif()
  add_library(cascade::${name} ALIAS cascade_${name})
  set_target_properties(cascade_${name} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(cascade_${name} ${visibility} cxx_std_20)
  target_compile_definitions(cascade_${name} ${visibility} EIGEN_DONT_PARALLELIZE)
  target_include_directories(cascade_${name} ${visibility}
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/cascade>)
  list(TRANSFORM floor_DEPENDS PREPEND cascade_)
  target_link_libraries(cascade_${name} ${visibility} ${floor_DEPENDS})
  if(visibility STREQUAL "PUBLIC")
    set(unity ${CASCADE_UNITY})
    if(name STREQUAL report)
      set(unity OFF)
    endif()
    # Twelve files a compilation where CASCADE_UNITY: their headers are then read once. Not for the writers of report,
    # whose files each have their own columns and widths.
    set_target_properties(cascade_${name} PROPERTIES UNITY_BUILD ${unity} UNITY_BUILD_BATCH_SIZE 12)
    if(unity AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(cascade_${name} PRIVATE -Wno-subobject-linkage)  # takes an included .cpp for a header
    endif()
  endif()
  set_property(GLOBAL APPEND PROPERTY CASCADE_FLOORS ${name})
endfunction()

# cascade_use(NAME [PUBLIC targets...] [PRIVATE targets...]): third parties of a floor; nothing for a floor without code.
function(cascade_use name)
  get_target_property(type cascade_${name} TYPE)
  if(NOT type STREQUAL INTERFACE_LIBRARY)
    target_link_libraries(cascade_${name} ${ARGN})
  endif()
endfunction()
