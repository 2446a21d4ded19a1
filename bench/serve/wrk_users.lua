-- Asks for one feed, of one item, of each of so many users: half of them known, half not, in turns.
-- Arguments: users, those of them who are known, tenants.

local threads = {}

function setup(thread)
  thread:set("thread_number", #threads)
  table.insert(threads, thread)
end

function init(args)
  users, known, tenants = tonumber(args[1]), tonumber(args[2]), tonumber(args[3])
  tails = {}
  for i = 0, tenants - 1 do
    tails[i] = string.format("&limit=1 HTTP/1.1\r\nHost: bench\r\nX-Tenant-ID: tenant_%03d\r\n\r\n", i)
  end
  next_user = thread_number
  personalized, others = 0, 0
end

function request()
  local user = math.floor(next_user / 2)
  if next_user % 2 == 1 then
    user = known + user
  end
  next_user = next_user + 2
  return string.format("GET /v1/feed?user_hash=user_%07d", user) .. tails[user % tenants]
end

function response(status, headers)
  if status == 200 and headers["X-Personalized"] == "true" then
    personalized = personalized + 1
  else
    others = others + 1
  end
  if next_user >= users then
    wrk.thread:stop()
  end
end

function done(summary, latency)
  local good, bad = 0, 0
  for _, thread in ipairs(threads) do
    good = good + thread:get("personalized")
    bad = bad + thread:get("others")
  end
  print(string.format('{"personalized":%d,"others":%d,"seconds":%.6f,"p50_us":%d,"p99_us":%d}', good, bad,
    summary.duration / 1e6, latency:percentile(50), latency:percentile(99)))
end
