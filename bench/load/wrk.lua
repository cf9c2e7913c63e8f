-- Fills the request template: every request has an id, a key and a token's subject of its own, or all have the same.
-- Signed tokens are taken from a file, in turn.
-- Arguments after "--": the template's file, a number that no other run has, "distinct" or "same", how many
-- milliseconds a connection rests before each request, on average (0 for none), and the file of tokens, one a line.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

bad = 0
sample = ""

local pieces, holes = {}, {}
local count, run, distinct = 0, 0, true
local tokens = {}

local DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

-- Of a text whose length is a multiple of three.
local function base64(text)
  return (text:gsub("...", function(three)
    local a, b, c = three:byte(1, 3)
    local bits = a * 65536 + b * 256 + c
    local digits = ""
    for _ = 1, 4 do
      local digit = bits % 64
      digits = DIGITS:sub(digit + 1, digit + 1) .. digits
      bits = (bits - digit) / 64
    end
    return digits
  end))
end

local fill = {
  ID = function(n, m) return string.format("%08x-%04x-4%03x-8000-%012x", run, m, 0, n) end,
  KEY = function(n) return string.format("sandbox-%012x%012x", run, n) end,
  SUBJECT = function(n) return base64(string.format("%04x%08x", run % 0x10000, n)) end,
  TOKEN = function(n) return tokens[n % #tokens + 1] end,
}

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local template = file:read("*a")
  file:close()
  run = tonumber(args[2])
  distinct = args[3] == "distinct"
  local rest = tonumber(args[4])
  if rest > 0 then
    -- wrk asks for it only where it is defined. Never the same: requests would come in bursts, one from each connection.
    function delay() return math.random(0, 2 * rest) end
  end
  if args[5] ~= "" then
    for token in io.lines(args[5]) do table.insert(tokens, token) end
  end
  local from = 1
  while true do
    local first, last, name = template:find("@(%u+)@", from)
    table.insert(pieces, template:sub(from, (first or 0) - 1))
    if not first then break end
    table.insert(pieces, "")
    table.insert(holes, { at = #pieces, fill = fill[name] })
    from = last + 1
  end
end

function request()
  if distinct or count == 0 then
    count = count + 1
    for n, hole in ipairs(holes) do
      pieces[hole.at] = hole.fill(count, n)
    end
  end
  return table.concat(pieces)
end

function response(status, headers, body)
  if status ~= 200 or body:find('"errors":', 1, true) then
    bad = bad + 1
    if bad == 1 then sample = status .. " " .. body end
  end
end

function done(summary, latency)
  local thread = threads[1]
  local e = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"micros":%d,"p50":%d,"p99":%d,"broken":%d,"bad":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.timeout, thread:get("bad")))
  io.write("SAMPLE ", (thread:get("sample"):sub(1, 2000):gsub("%s+", " ")), "\n")
end
