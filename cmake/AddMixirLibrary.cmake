# mixir_add_library(NAME SOURCE file.mix [MIXER mixer] [SET N=16 ...] [OMIT z ...] [ISA avx2|avx512] [MATH default|fast])
#
# Compiles one mixer ahead of time into target NAME: link it, include
# "<mixer>.h", and hand mixir_program_<mixer> to mixir_program_open.
function(mixir_add_library name)
  cmake_parse_arguments(ARG "" "SOURCE;MIXER;ISA;MATH" "SET;OMIT" ${ARGN})
  if(NOT ARG_SOURCE)
    message(FATAL_ERROR "mixir_add_library(${name}): expected SOURCE file.mix")
  endif()
  if(NOT ARG_MIXER)
    set(ARG_MIXER ${name})
  endif()
  get_filename_component(source ${ARG_SOURCE} ABSOLUTE)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${name}.mixir)
  set(flags --mixer ${ARG_MIXER} -o ${out})
  foreach(set ${ARG_SET})
    list(APPEND flags --set ${set})
  endforeach()
  foreach(omit ${ARG_OMIT})
    list(APPEND flags --omit ${omit})
  endforeach()
  if(ARG_ISA)
    list(APPEND flags --isa ${ARG_ISA})
  endif()
  if(ARG_MATH)
    list(APPEND flags --math ${ARG_MATH})
  endif()
  set(object ${out}/${ARG_MIXER}.o)
  add_custom_command(
    OUTPUT ${object} ${out}/${ARG_MIXER}.h ${out}/${ARG_MIXER}.json
    COMMAND ${MIXIR_COMPILER} compile ${source} ${flags}
    DEPENDS ${source} ${MIXIR_COMPILER}
    COMMENT "Compiling mixer ${ARG_MIXER}"
    VERBATIM)
  set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  add_custom_target(${name}_mixir DEPENDS ${object})
  add_library(${name} INTERFACE)
  add_dependencies(${name} ${name}_mixir)
  target_sources(${name} INTERFACE ${object})
  target_include_directories(${name} INTERFACE ${out})
  target_link_libraries(${name} INTERFACE Mixir::runtime)
endfunction()
