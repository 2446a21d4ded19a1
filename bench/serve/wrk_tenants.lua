-- Asks for the feeds of tenants and of their users, both drawn at random, and counts the answers that say they are
-- personalized. Requests are put together from two pieces, so that one tenant costs wrk what many do.
-- Arguments: seed, users of each tenant, tenants.

local threads = {}

function setup(thread)
  thread:set("thread_number", #threads)
  table.insert(threads, thread)
end

function init(args)
  math.randomseed(tonumber(args[1]) + thread_number)
  users, tenants = tonumber(args[2]), tonumber(args[3])
  heads, tails = {}, {}
  for i = 0, users - 1 do
    heads[i] = string.format("GET /v1/feed?user_hash=user_%06d", i)
  end
  for i = 0, tenants - 1 do
    tails[i] = string.format(" HTTP/1.1\r\nHost: bench\r\nX-Tenant-ID: tenant_%03d\r\n\r\n", i)
  end
  personalized, others = 0, 0
end

function request()
  return heads[math.random(0, users - 1)] .. tails[math.random(0, tenants - 1)]
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
