pkg_check_modules(AVCODEC REQUIRED IMPORTED_TARGET libavcodec libavutil)
target_link_libraries(test_preview PRIVATE PkgConfig::AVCODEC)
