pkg_check_modules(AVCODEC REQUIRED IMPORTED_TARGET libavcodec libavutil)
target_link_libraries(test_encode PRIVATE PkgConfig::AVCODEC)
target_sources(test_encode PRIVATE ${CMAKE_SOURCE_DIR}/harness/beacon/picture.cpp)  # what whole pictures are judged by
target_include_directories(test_encode PRIVATE ${CMAKE_SOURCE_DIR}/harness/beacon)
target_sources(test_encode PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/thread_allocations.cpp)
