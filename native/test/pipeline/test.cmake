pkg_check_modules(AVCODEC REQUIRED IMPORTED_TARGET libavcodec libavutil)
target_link_libraries(test_pipeline PRIVATE PkgConfig::AVCODEC)
target_sources(test_pipeline PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/encode/h264.cpp
               ${CMAKE_CURRENT_SOURCE_DIR}/thread_allocations.cpp)
