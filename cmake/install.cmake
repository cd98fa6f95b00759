# Headers, static libraries and find_package(cascade), which gives the targets cascade::base ... cascade::cli.
include(CMakePackageConfigHelpers)
get_property(floors GLOBAL PROPERTY CASCADE_FLOORS)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/cascade)
foreach(floor IN LISTS floors)
  install(TARGETS cascade_${floor} EXPORT cascade_targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endforeach()
install(DIRECTORY src/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cascade FILES_MATCHING PATTERN "*.h")
install(DIRECTORY stages DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cascade FILES_MATCHING PATTERN "*.h")
install(DIRECTORY configs scenarios DESTINATION ${CMAKE_INSTALL_DATADIR}/cascade)
install(EXPORT cascade_targets NAMESPACE cascade:: DESTINATION ${package_folder})
configure_package_config_file(cmake/cascadeConfig.cmake.in ${PROJECT_BINARY_DIR}/cascadeConfig.cmake
                              INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cascadeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cascadeConfig.cmake ${PROJECT_BINARY_DIR}/cascadeConfigVersion.cmake
        DESTINATION ${package_folder})
