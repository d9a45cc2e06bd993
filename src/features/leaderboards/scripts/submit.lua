-- submit: apply submissions in order, as one; each gets its ranks before and after.
-- KEYS[1] info       hash, settings and counters; made if missing
-- KEYS[2] entries    zset
-- KEYS[3] arrivals   hash, member to 7 bytes of arrival
-- KEYS[4] metadata   hash, member to JSON or its sealed form
-- KEYS[5] scores     zset of the distinct scores, on boards with dense ranks
-- KEYS[6] watch      string, how many first entries are watched by live clients, expires
-- KEYS[7] operation  string, what a keyed request was answered, expires
-- ARGV[1] fingerprint  of the request, '' if it carries no idempotency key
-- ARGV[2] ttlMs        how long the answer is kept
-- ARGV[3] channel      where changes are announced
-- ARGV[4] incarnation  identity of the board if it is made now
-- ARGV[5] notAfter     instant in ms after which nothing is done, '' for none
-- ARGV[6…] submissions  member, score, operator ('' for the board's), metadata ('' for none), member, …
-- returns {'season-due'} | {'reused'} | {'late'} | {'submitted' | 'replayed', indexed, {outcome, score, rank, previousScore, previousRank, changed, …}}
-- use: shared/board.lua
-- use: ../../../transport/idempotency/scripts/shared/keyed.lua
local WATCH, OPERATION, CHANNEL = KEYS[6], KEYS[7], ARGV[3]
local MAX_MAGNITUDE = 9007199254740992

local earlier, reused = earlier_answer(OPERATION, ARGV[1])
if reused then return { 'reused' } end
if earlier then return { 'replayed', redis.call('HEXISTS', INFO, 'indexed'), earlier } end
if is_late(ARGV[5]) then return { 'late' } end
-- fence

local now = now_micros()
local board = load_board()
if not board then
  redis.call('HSET', INFO, 'order', 'descending', 'operator', 'set', 'ties', 'arrival', 'denseRanks', '0',
    'season', 1, 'startedAt', math.floor(now / 1000), 'incarnation', ARGV[4])
  board = load_board()
end
if board.due then return { 'season-due' } end

local function put(member, element, before, after)
  local fresh = member
  if board.by_arrival then
    board.last_arrival = math.max(board.last_arrival + 1, now)
    local arrival = struct.pack('>I7', board.last_arrival)
    redis.call('HSET', ARRIVALS, member, arrival)
    fresh = arrival .. member
    if element then redis.call('ZREM', ENTRIES, element) end
  end
  redis.call('ZADD', ENTRIES, text(after), fresh)
  if board.dense ~= '0' then
    redis.call('ZADD', SCORES, text(after), text(after))
    if before and redis.call('ZCOUNT', ENTRIES, text(before), text(before)) == 0 then
      redis.call('ZREM', SCORES, text(before))
    end
  end
  if board.capacity and redis.call('ZCARD', ENTRIES) > board.capacity then
    local worst = redis.call('ZRANGE', ENTRIES, -1, -1, 'WITHSCORES')
    drop(board, worst[1], tonumber(worst[2]))
  end
  return fresh
end

-- Whether the exact sum leaves ±2^53: one just beyond is rounded to 2^53, and the part that was lost tells
-- (Knuth's two-sum, exact for all doubles of this size).
local function leaves_range(a, b)
  local sum = a + b
  local part = sum - a
  local lost = (a - (sum - part)) + (b - part)
  return math.abs(sum) > MAX_MAGNITUDE or (math.abs(sum) == MAX_MAGNITUDE and sum * lost > 0)
end

local function submit(member, score, operator, metadata)
  local element = element_of(board, member)
  local before = element and tonumber(redis.call('ZSCORE', ENTRIES, element)) or nil
  local previous_rank = element and redis.call('ZRANK', ENTRIES, element) + 1
  local after = board.sign * score
  if operator == 'increment' and before then
    if leaves_range(before, after) then return { 'overflow', false, false, false, false, 0 } end
    after = before + after
  end
  if operator == 'best' and before and before <= after then after = before end

  local changed = after ~= before
  local rank = previous_rank
  if changed then
    element = put(member, element, before, after)
    local index = redis.call('ZRANK', ENTRIES, element)
    rank = index and index + 1
  end
  if metadata ~= '' and rank and (changed or operator ~= 'best') then
    redis.call('HSET', METADATA, member, metadata)
    announce(WATCH, CHANNEL, rank)
  elseif changed then
    announce(WATCH, CHANNEL, math.min(rank or math.huge, previous_rank or math.huge))
  end
  return {
    'submitted', text(board.sign * after), rank, before and text(board.sign * before), previous_rank,
    rank and changed and 1 or 0,
  }
end

local results = {}
for at = 6, #ARGV, 4 do
  local operator = ARGV[at + 2] ~= '' and ARGV[at + 2] or board.operator
  local result = submit(ARGV[at], tonumber(ARGV[at + 1]), operator, ARGV[at + 3])
  for column = 1, 6 do results[#results + 1] = result[column] or false end
end
redis.call('HSET', INFO, 'lastArrival', text(board.last_arrival))
remember(OPERATION, ARGV[1], ARGV[2], results)
return { 'submitted', redis.call('HEXISTS', INFO, 'indexed'), results }
