-- Shared by the leaderboard scripts, whose first keys are info, entries, arrivals, metadata, scores.
--
-- `entries` is ordered so that ascending is the board's order: a descending board stores its scores negated.
-- With ties by arrival an element is 7 bytes of arrival (microseconds, big-endian), then the member, and
-- `arrivals` has the 7 bytes by member. With ties by member an element is the member.
local INFO, ENTRIES, ARRIVALS, METADATA, SCORES = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local ARRIVAL_BYTES = 7

-- The same text for the same double on every version of Redis; adding 0 makes -0 a 0.
local function text(number)
  return string.format('%.17g', number + 0)
end

local function now_micros()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

-- The board's settings; nil if there is no board. `due`: its season should have ended by now.
local function load_board()
  local field = redis.call('HMGET', INFO, 'order', 'ties', 'denseRanks', 'nextResetAt', 'operator', 'capacity',
    'lastArrival', 'incarnation')
  if not field[1] then return nil end
  local next_reset = tonumber(field[4])
  return {
    sign = field[1] == 'descending' and -1 or 1,
    by_arrival = field[2] == 'arrival',
    dense = field[3],
    due = next_reset ~= nil and now_micros() >= next_reset * 1000,
    operator = field[5],
    capacity = tonumber(field[6]),
    last_arrival = tonumber(field[7]) or 0,
    incarnation = field[8],
  }
end

local function element_of(board, member)
  if not board.by_arrival then
    return redis.call('ZSCORE', ENTRIES, member) and member or nil
  end
  local arrival = redis.call('HGET', ARRIVALS, member)
  return arrival and arrival .. member or nil
end

local function member_of(board, element)
  return board.by_arrival and element:sub(ARRIVAL_BYTES + 1) or element
end

-- Takes an element out of everything that knows of it.
local function drop(board, element, stored)
  redis.call('ZREM', ENTRIES, element)
  local member = member_of(board, element)
  if board.by_arrival then redis.call('HDEL', ARRIVALS, member) end
  redis.call('HDEL', METADATA, member)
  if board.dense ~= '0' and redis.call('ZCOUNT', ENTRIES, text(stored), text(stored)) == 0 then
    redis.call('ZREM', SCORES, text(stored))
  end
end

-- Tells the nodes that watch this board's first entries, if `rank` is among those.
local function announce(watch, channel, rank)
  local top = tonumber(redis.call('GET', watch))
  if top and rank and rank <= top then redis.call('PUBLISH', channel, '') end
end
