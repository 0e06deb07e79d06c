// What an encoder module exports, and nothing else (encoder.h names the symbols).
#pragma once

#include <cstdio>
#include <new>

#include "engine/encode/encoder.h"

#define PUNKTFUNK_ENCODER_MODULE(open_function)                                                 \
  extern "C" __attribute__((visibility("default"))) const std::uint32_t punktfunk_encoder_abi;  \
  extern "C" const std::uint32_t punktfunk_encoder_abi = punktfunk::encoder_module_abi;         \
  extern "C" __attribute__((visibility("default"))) punktfunk::Encoder* punktfunk_open_encoder( \
      const punktfunk::EncoderConfig* config, char* error, std::size_t error_bytes) {           \
    try {                                                                                       \
      return open_function(*config, error, error_bytes);                                        \
    } catch (const std::bad_alloc&) {                                                           \
      std::snprintf(error, error_bytes, "not enough memory for the encoder");                   \
      return nullptr;                                                                           \
    }                                                                                           \
  }
