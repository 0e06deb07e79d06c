target_link_libraries(test_core PRIVATE punktfunk_impair)
target_sources(test_core PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/thread_allocations.cpp)
