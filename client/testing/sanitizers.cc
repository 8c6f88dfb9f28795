// What sanitizers must not report in the client's tests.

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WINDTUNNEL_THREAD_SANITIZER
#endif
#if __has_feature(address_sanitizer)
#define WINDTUNNEL_ADDRESS_SANITIZER
#endif
#endif

#if defined(__SANITIZE_THREAD__) || defined(WINDTUNNEL_THREAD_SANITIZER)

extern "C" const char* __tsan_default_suppressions();

// nats.c reads from a TLS connection in one thread while others write to it,
// without a lock around OpenSSL that both sides take. Nothing of ours is
// between.
extern "C" const char* __tsan_default_suppressions() {
  return "race:libssl.so\n"
         "race:libcrypto.so\n";
}

#endif

#if defined(__SANITIZE_ADDRESS__) || defined(WINDTUNNEL_ADDRESS_SANITIZER)

extern "C" const char* __lsan_default_suppressions();

// nats.c makes the buffer for what is written while it reconnects anew when the
// new connection breaks at once, and forgets the one before.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:natsBuf_Create\n";
}

#endif
