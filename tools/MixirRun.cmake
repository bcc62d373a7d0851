# mixir_npz: .npz files. mixir_run: running programs on arrays by name. mixir-run: the program that
# needs the runtime only. Included by tools/CMakeLists.txt, also when only the runtime is built.
find_package(LibArchive)
if(LibArchive_FOUND)
  add_library(mixir_npz STATIC ${CMAKE_CURRENT_LIST_DIR}/Npy.cpp ${CMAKE_CURRENT_LIST_DIR}/Npz.cpp)
  target_compile_features(mixir_npz PUBLIC cxx_std_17)
  target_include_directories(mixir_npz PUBLIC ${CMAKE_CURRENT_LIST_DIR})
  target_link_libraries(mixir_npz PRIVATE LibArchive::LibArchive)

  add_library(mixir_run STATIC
    ${CMAKE_CURRENT_LIST_DIR}/DeviceArrays.cpp ${CMAKE_CURRENT_LIST_DIR}/RunProgram.cpp)
  target_link_libraries(mixir_run PUBLIC mixir_npz mixir_runtime)

  add_executable(mixir-run ${CMAKE_CURRENT_LIST_DIR}/mixir-run.cpp)
  target_link_libraries(mixir-run PRIVATE mixir_run)
else()
  message(STATUS "libarchive not found: mixir-run is not built")
endif()
