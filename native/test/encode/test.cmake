pkg_check_modules(AVCODEC REQUIRED IMPORTED_TARGET libavcodec libavutil)
target_link_libraries(test_encode PRIVATE PkgConfig::AVCODEC punktfunk_beacon_picture)
target_sources(test_encode PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/thread_allocations.cpp)
