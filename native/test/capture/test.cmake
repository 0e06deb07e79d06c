# The fake compositor is a Wayland server.
pkg_check_modules(WAYLAND_SERVER REQUIRED IMPORTED_TARGET wayland-server)
target_link_libraries(test_capture PRIVATE PkgConfig::WAYLAND_SERVER)
target_sources(test_capture PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/thread_allocations.cpp)
