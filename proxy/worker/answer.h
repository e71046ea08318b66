#pragma once

#include "proxy/http/error_answer.h"
#include "proxy/net/task.h"
#include "proxy/worker/client.h"
#include "proxy/worker/workplace.h"

namespace crossfade {

// Sends an answer of our own within limits::kAnswerTime. False: the client did not take it.
// `answer` and what `context` shows must live until it is done.
net::Task<bool> send_answer(Workplace& place, Client& client, const http::ErrorAnswer& answer,
                            const http::AnswerContext& context);

}  // namespace crossfade
