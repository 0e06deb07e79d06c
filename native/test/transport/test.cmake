target_sources(test_transport PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/thread_allocations.cpp)
