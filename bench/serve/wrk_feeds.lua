-- Asks for the feeds of users drawn at random, and counts the answers that say they are personalized. The same
-- script, and so the same work for wrk, whichever server answers.
-- Arguments: seed, users.

local threads = {}

function setup(thread)
  thread:set("thread_number", #threads)
  table.insert(threads, thread)
end

function init(args)
  math.randomseed(tonumber(args[1]) + thread_number)
  users = tonumber(args[2])
  requests = {}
  for i = 0, users - 1 do
    requests[i] = wrk.format("GET", string.format("/v1/feed?user_hash=user_%06d", i), {["X-Tenant-ID"] = "bench"})
  end
  personalized = 0
  others = 0
end

function request()
  return requests[math.random(0, users - 1)]
end

function response(status, headers)
  if status == 200 and headers["X-Personalized"] == "true" then
    personalized = personalized + 1
  else
    others = others + 1
  end
end

function done(summary, latency)
  local good, bad = 0, 0
  for _, thread in ipairs(threads) do
    good = good + thread:get("personalized")
    bad = bad + thread:get("others")
  end
  local errors = summary.errors
  print(string.format('{"personalized":%d,"others":%d,"seconds":%.6f,"p50_us":%d,"p99_us":%d,"max_us":%d,'
    .. '"socket_errors":%d}', good, bad, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    latency.max, errors.connect + errors.read + errors.write + errors.timeout))
end
