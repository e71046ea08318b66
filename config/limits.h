#pragma once

// Every hard bound in the product: name, unit, value, why this value. Nothing may grow without one.

#include <cstddef>
#include <cstdint>

#include "config/base/instant.h"

namespace crossfade::limits {

// ---- messages ----
// Request or response head; HAProxy's buffer, nginx's 4x8k
inline constexpr std::size_t kHeadBytesMax = 16 * 1024;
inline constexpr std::size_t kHeadersMax = 100;            // fields per head, as HAProxy and Envoy
inline constexpr std::size_t kTrailerBytesMax = 4 * 1024;  // trailers are small or an attack
inline constexpr std::size_t kChunkLineBytesMax = 256;     // chunk size and extensions of one chunk
// Framing bytes beyond payload in one body
inline constexpr std::size_t kChunkOverheadBytesMax = 1024 * 1024;
// A length no real body reaches, far from overflow
inline constexpr std::uint64_t kBodyBytesMax = 1ULL << 52;
inline constexpr std::uint32_t kInformationalMax = 16;  // 1xx answers before the final one

// ---- buffers of the data path ----
inline constexpr std::size_t kBufferBytes = 16 * 1024;  // one head, or small-body relay
// Large bodies: 64 KiB measured worst, 256 KiB best
inline constexpr std::size_t kBulkBufferBytes = 256 * 1024;

inline constexpr std::size_t kJoinBytesMax = 4 * 1024;  // copied behind a head rather than gathered
// Per worker: 1 GiB; beyond it clients wait or are refused
inline constexpr std::size_t kBuffersMax = 65'536;
// Of those, free ones kept for the next request: 16 MiB
inline constexpr std::size_t kBuffersKept = 1024;
// Per worker: 256 MiB; beyond it bodies use plain buffers
inline constexpr std::size_t kBulkBuffersMax = 1024;
inline constexpr std::size_t kBulkBuffersKept = 64;  // 16 MiB

// ---- workers ----
inline constexpr std::uint32_t kWorkersMax = 256;
inline constexpr std::uint32_t kAcceptsPerTurnMax = 64;  // then other sockets get their turn
inline constexpr std::uint32_t kEventsPerTurnMax = 512;  // epoll_wait batch
// Received from one socket; then others get their turn
inline constexpr std::uint32_t kBytesPerTurnMax = 1024 * 1024;
// Turns in a row before timers and posts get theirs
inline constexpr std::uint32_t kBusyTurnsMax = 16;
inline constexpr int kListenBacklog = 4096;     // the kernel cuts it to net.core.somaxconn
inline constexpr Duration kAcceptPause = 50ms;  // when out of descriptors or memory

// ---- exchanges ----
inline constexpr std::size_t kBulkBodyBytes = kBufferBytes;  // to come: worth a bulk buffer
// Endpoints that the retries of one exchange avoid
inline constexpr std::size_t kEndpointsTriedMax = 4;
inline constexpr Duration kAnswerTime = 5s;  // for a client to take an answer of our own
inline constexpr Duration kLingerTime = 2s;  // for a client to read our last answer before we close

// ---- configuration ----
inline constexpr std::size_t kConfigBytesMax = 64 * 1024 * 1024;
inline constexpr std::size_t kServicesMax = 100'000;
inline constexpr std::size_t kClustersPerServiceMax = 64;
inline constexpr std::size_t kRoutesMax = 200'000;
inline constexpr std::size_t kEndpointsPerSetMax = 100'000;
inline constexpr std::size_t kListenersMax = 64;
inline constexpr std::size_t kYamlDepthMax = 32;  // the deepest key of the reference is at 8
// Keys and values, aliases expanded; 100k services need 3M
inline constexpr std::size_t kYamlNodesMax = 8'000'000;
inline constexpr std::size_t kConfigErrorsMax = 100;  // more tell nobody anything
inline constexpr std::size_t kSecretBytesMax = 4096;
inline constexpr std::size_t kMatchesPerRouteMax = 64;  // methods or headers of one route
// Any one text of a file: a path, a name, a header value
inline constexpr std::size_t kValueBytesMax = 4096;
inline constexpr Duration kDurationMax = 24h * 365;  // far from overflow when added to an Instant
inline constexpr std::uint32_t kWeightMax = 1'000'000;        // as in the Gateway API
inline constexpr std::uint32_t kConnectionsMax = 10'000'000;  // beyond what one machine holds
inline constexpr std::uint32_t kAttemptsMax = 10;  // tries of one request; more only feed an outage
inline constexpr std::uint32_t kThresholdMax = 1'000;  // rise, fall, consecutive failures

// ---- discovery ----
inline constexpr std::uint32_t kEndpointWeightMax = 1'000;
inline constexpr std::size_t kLabelsPerEndpointMax = 32;
// 100k endpoints with labels
inline constexpr std::size_t kEndpointFileBytesMax = 16 * 1024 * 1024;
// Longer than a restart of a DNS server or an API server's blip
inline constexpr Duration kLossHold = 30s;

// A watched file is read again even if nobody said it changed
inline constexpr Duration kFileAuditTime = 5s;
inline constexpr Duration kDnsTryTime = 1500ms;      // one try at one DNS server
inline constexpr int kDnsTries = 3;                  // at each of them
inline constexpr std::size_t kDnsTargetsMax = 1024;  // SRV targets resolved for one set
inline constexpr Duration kDnsBackoffMax = 30s;      // between rounds while nobody answers

// ---- splits ----
// Of one assignment; random walks over 64 clusters stay far below
inline constexpr std::size_t kIntervalsMax = 16 * 1024;
inline constexpr Duration kMeasuredShareTime = 10s;  // requests that make up the measured share

// ---- control ----
inline constexpr std::size_t kApiBodyBytesMax = 1024 * 1024;
inline constexpr std::size_t kApiConnectionsMax = 256;
inline constexpr std::size_t kApiHeadBytesMax = 16 * 1024;
inline constexpr Duration kApiMessageTime = 30s;  // to send one request, or to take one answer
inline constexpr Duration kApiIdleTime = 75s;     // between two requests of a kept connection
inline constexpr Duration kApiWaitMax = 10s;      // of ?wait=adopted
// Unsent events of one slow reader: a replay fits
inline constexpr std::size_t kEventStreamBytesMax = 4 * 1024 * 1024;
// Then a comment keeps middleboxes from closing it
inline constexpr Duration kEventStreamQuiet = 15s;
inline constexpr std::size_t kIdempotencyKeysKept = 1024;  // answers kept to be repeated
inline constexpr std::size_t kProbesAtOnceMax = 256;       // health checks in flight
inline constexpr std::size_t kProbeAnswerBytesMax = 16 * 1024;
inline constexpr std::size_t kEventsKept = 4096;  // for Last-Event-ID
// A start waits so long for sources that do not answer
inline constexpr Duration kFirstSetsTime = 3s;
// Requests that have begun may end; below systemd's 90 s
inline constexpr Duration kDrainTime = 30s;
inline constexpr Duration kControlTick = 50ms;         // judges evidence this often at least
inline constexpr std::size_t kServicesPerTick = 1000;  // whose health and shares one tick looks at
// Then slots of endpoints that are gone are given back
inline constexpr Duration kRetireInterval = 10s;
inline constexpr std::size_t kJournalWaitingMax = 1024;  // appends that wait for the disk
// For whoever wants to know later; the newest of each key always
inline constexpr std::size_t kJournalRowsKept = 10'000;

// ---- migrations ----
inline constexpr std::size_t kRampStepsMax = 1000;
// Of one duration or bake time; far from overflow
inline constexpr Duration kRampTimeMax = 366 * 24h;
// Raises of a curve: each is one journal record
inline constexpr std::int64_t kRampJumpsMax = 1000;
inline constexpr Duration kRampJumpMin = 100ms;  // between two of them
// A control loop that stood still makes no jump
inline constexpr Duration kHealthyTimePerTickMax = 1s;
inline constexpr Duration kHealthyTimeUnsavedMax = 10s;  // of bake time lost when the process dies
inline constexpr std::size_t kMigrationsMax = 10'000;    // ended ones count until they are deleted
inline constexpr Duration kJournalRetry = 1s;            // after a refused append
inline constexpr std::size_t kReasonBytesMax = 1024;     // who, why and from where of one change
// A split of very many intervals
inline constexpr std::size_t kJournalRecordBytesMax = 8 * 1024 * 1024;

}  // namespace crossfade::limits
