target_sources(test_pads PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/thread_allocations.cpp)
