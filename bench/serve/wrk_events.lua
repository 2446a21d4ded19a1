-- Sends batches of events, each id once, of users and videos drawn at random, and counts the batches of which
-- every event was accepted. Bodies are put together from ready-made pieces: wrk shares the machine.
-- Arguments: prefix of the event ids, users, videos, events of a batch, time of the events (Unix seconds), tracking
-- tokens, separated by commas, of which each event sends one; without them it sends none.

local threads = {}
local TAILS = 4096

-- What a user does, out of a hundred times. Impressions are left out: they change nothing and cost less.
local TYPES = {{"view", 60}, {"complete", 15}, {"skip", 10}, {"like", 8}, {"share", 2}, {"follow", 2}, {"dislike", 3}}

function setup(thread)
  thread:set("thread_number", #threads)
  table.insert(threads, thread)
end

local function some_type()
  local at = math.random(100)
  for _, each in ipairs(TYPES) do
    at = at - each[2]
    if at <= 0 then
      return each[1]
    end
  end
end

function init(args)
  prefix, users, videos, batch = args[1], tonumber(args[2]), tonumber(args[3]), tonumber(args[4])
  math.randomseed(tonumber(prefix, 16) + thread_number)
  everything_accepted = string.format('"accepted":%d,', batch)
  headers = {["X-Tenant-ID"] = "bench", ["Content-Type"] = "application/json"}
  names, numbers, tails, pieces = {}, {}, {}, {}
  for i = 1, users do
    names[i] = string.format("user_%06d", i - 1)
  end
  for i = 1, batch do
    numbers[i] = i .. '","user_hash":"'
  end
  local tokens = {}
  for token in (args[6] or ""):gmatch("[^,]+") do
    table.insert(tokens, token)
  end
  for i = 1, TAILS do
    local token = #tokens == 0 and "" or string.format(',"tracking_token":"%s"', tokens[math.random(#tokens)])
    tails[i] = string.format('","type":"%s","video_id":"vid_%07d","occurred_at":%s,"watch_ms":%d%s}', some_type(),
      math.random(0, videos - 1), args[5], math.random(1000, 600000), token)
  end
  sent, good, bad = 0, 0, 0
end

function request()
  sent = sent + 1
  local head = string.format(',{"event_id":"%s-%d-%d-', prefix, thread_number, sent)
  for i = 1, batch do
    local at = 4 * i
    pieces[at - 3] = head
    pieces[at - 2] = numbers[i]
    pieces[at - 1] = names[math.random(users)]
    pieces[at] = tails[math.random(TAILS)]
  end
  pieces[1] = "[" .. head:sub(2)
  pieces[4 * batch + 1] = "]"
  return wrk.format("POST", "/v1/events", headers, table.concat(pieces))
end

function response(status, _, body)
  if status == 202 and body:find(everything_accepted, 1, true) then
    good = good + 1
  else
    bad = bad + 1
  end
end

function done(summary, latency)
  local all_good, all_bad = 0, 0
  for _, thread in ipairs(threads) do
    all_good = all_good + thread:get("good")
    all_bad = all_bad + thread:get("bad")
  end
  local errors = summary.errors
  print(string.format('{"batches":%d,"others":%d,"seconds":%.6f,"p50_us":%d,"p99_us":%d,"max_us":%d,'
    .. '"socket_errors":%d}', all_good, all_bad, summary.duration / 1e6, latency:percentile(50),
    latency:percentile(99), latency.max, errors.connect + errors.read + errors.write + errors.timeout))
end
