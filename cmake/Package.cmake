# The package: an install tree, and a build tree that find_package can use
# with CMAKE_PREFIX_PATH pointing at it.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

function(mixir_write_config out destination library include compiler)
  set(MIXIR_RUNTIME_LIBRARY ${library})
  set(MIXIR_RUNTIME_INCLUDE ${include})
  set(MIXIR_COMPILER ${compiler})
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/MixirConfig.cmake.in ${out}/MixirConfig.cmake
    INSTALL_DESTINATION ${destination}
    PATH_VARS MIXIR_RUNTIME_LIBRARY MIXIR_RUNTIME_INCLUDE MIXIR_COMPILER ${ARGN})
  write_basic_package_version_file(${out}/MixirConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/AddMixirLibrary.cmake ${out}/AddMixirLibrary.cmake COPYONLY)
endfunction()

set(config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/Mixir)
mixir_write_config(${CMAKE_BINARY_DIR}/package-install ${config_folder}
  ${CMAKE_INSTALL_LIBDIR}/libmixir_runtime.so.1 ${CMAKE_INSTALL_INCLUDEDIR} ${CMAKE_INSTALL_BINDIR}/mixir)
mixir_write_config(${CMAKE_BINARY_DIR}/cmake/Mixir cmake/Mixir
  ${CMAKE_BINARY_DIR}/lib/libmixir_runtime.so.1 ${PROJECT_SOURCE_DIR}/runtime/include ${CMAKE_BINARY_DIR}/bin/mixir
  INSTALL_PREFIX ${CMAKE_BINARY_DIR})

install(TARGETS mixir_runtime LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/runtime/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${CMAKE_BINARY_DIR}/package-install/MixirConfig.cmake
              ${CMAKE_BINARY_DIR}/package-install/MixirConfigVersion.cmake
              ${CMAKE_BINARY_DIR}/package-install/AddMixirLibrary.cmake DESTINATION ${config_folder})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/mixers/ DESTINATION ${CMAKE_INSTALL_DATADIR}/mixir/mixers)
foreach(tool mixir mixir-opt mixir-run mixir_tools)
  if(TARGET ${tool})
    install(TARGETS ${tool} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endif()
endforeach()
