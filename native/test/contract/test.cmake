target_include_directories(test_contract SYSTEM PRIVATE ${NLOHMANN_JSON_INCLUDE})
target_compile_definitions(test_contract PRIVATE PUNKTFUNK_EXAMPLES="${CMAKE_SOURCE_DIR}/native/contract/examples")
